function seconds(start) {
  const spent = process.cpuUsage(start);
  return (spent.user + spent.system) / 1e6;
}
function loop(n) {
  let i = 0;
  while (i < n) {
    i += 1;
  }
  return i;
}
const start = process.cpuUsage();
if (loop(30000000) !== 30000000) throw new Error('wrong');
console.log(seconds(start), 30000000);
