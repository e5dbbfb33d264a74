function seconds(start) {
  const spent = process.cpuUsage(start);
  return (spent.user + spent.system) / 1e6;
}
async function f() {
  return 1;
}
async function main(n) {
  let total = 0;
  const start = process.cpuUsage();
  for (let i = 0; i < n; i++) total += await f();
  if (total !== n) throw new Error('wrong');
  console.log(seconds(start), n);
}
main(3000000);
