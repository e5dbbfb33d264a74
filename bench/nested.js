function seconds(start) {
  const spent = process.cpuUsage(start);
  return (spent.user + spent.system) / 1e6;
}
async function leaf(n) {
  for (let i = 0; i < n; i++) await null;
}
async function chain(depth, n) {
  if (depth > 1) await chain(depth - 1, n);
  else await leaf(n);
}
async function main(depth) {
  let n = 5000;
  let spent;
  for (;;) {
    const start = process.cpuUsage();
    await chain(depth, n);
    spent = seconds(start);
    if (spent > 0.2) break;
    n *= 2;
  }
  console.log(spent, n);
}
main(Number(process.argv[2]));
