function seconds(start) {
  const spent = process.cpuUsage(start);
  return (spent.user + spent.system) / 1e6;
}
function fib(n) {
  if (n < 2) return n;
  return fib(n - 1) + fib(n - 2);
}
const start = process.cpuUsage();
if (fib(32) !== 2178309) throw new Error('wrong');
console.log(seconds(start), 7049155);
