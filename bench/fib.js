function fib(n) {
  if (n < 2) return n;
  return fib(n - 1) + fib(n - 2);
}
const start = performance.now();
if (fib(32) !== 2178309) throw new Error('wrong');
console.log((performance.now() - start) / 1000, 7049155);
