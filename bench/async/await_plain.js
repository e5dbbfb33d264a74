async function f() {
  return 1;
}

async function main(n) {
  let total = 0;
  const start = clock();
  for (let i = 0; i < n; i++) total += await f();
  report(clock() - start, n, total);
}

main(size);
