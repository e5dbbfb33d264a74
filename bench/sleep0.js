function seconds(start) {
  const spent = process.cpuUsage(start);
  return (spent.user + spent.system) / 1e6;
}
async function worker(n) {
  for (let i = 0; i < n; i++) await null;
}
async function main(tasks, n) {
  const start = process.cpuUsage();
  await Promise.all(Array.from({ length: tasks }, () => worker(n)));
  console.log(seconds(start), tasks * n);
}
main(100, 20000);
