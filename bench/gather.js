function seconds(start) {
  const spent = process.cpuUsage(start);
  return (spent.user + spent.system) / 1e6;
}
async function job(i) {
  return i;
}
async function main(rounds, n) {
  let total = 0;
  const start = process.cpuUsage();
  for (let r = 0; r < rounds; r++) {
    const tasks = [];
    for (let i = 0; i < n; i++) tasks.push(job(i));
    total += (await Promise.all(tasks)).length;
  }
  if (total !== rounds * n) throw new Error('wrong');
  console.log(seconds(start), total);
}
main(100, 10000);
