function fib(n) {
  if (n < 2) return n;
  return fib(n - 1) + fib(n - 2);
}

function calls(n) {
  let [a, b] = [1, 1];
  for (let i = 0; i < n; i++) [a, b] = [b, a + b + 1];
  return a;
}

const start = clock();
const result = fib(size);
report(clock() - start, calls(size), result);
