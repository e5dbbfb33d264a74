async function f() {
  return 1;
}
async function main(n) {
  let total = 0;
  const start = performance.now();
  for (let i = 0; i < n; i++) total += await f();
  if (total !== n) throw new Error('wrong');
  console.log((performance.now() - start) / 1000, n);
}
main(3000000);
