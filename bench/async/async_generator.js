async function* count(n) {
  for (let i = 0; i < n; i++) yield i;
}

async function main(n) {
  let total = 0;
  const start = clock();
  for await (const i of count(n)) total += i;
  report(clock() - start, n, total);
}

main(size);
