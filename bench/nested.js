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
    const start = performance.now();
    await chain(depth, n);
    spent = (performance.now() - start) / 1000;
    if (spent > 0.2) break;
    n *= 2;
  }
  console.log(spent, n);
}
main(Number(process.argv[2]));
