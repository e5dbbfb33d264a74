function fib(n) {
  if (n < 2) return n;
  return fib(n - 1) + fib(n - 2);
}
const start = clock();
const result = fib(size);
const spent = clock() - start;
report(spent, 2 * fib(size + 1) - 1, result);
