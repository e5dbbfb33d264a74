async function job(i) {
  return i;
}
async function main(rounds, n) {
  let total = 0;
  const start = performance.now();
  for (let r = 0; r < rounds; r++) {
    const tasks = [];
    for (let i = 0; i < n; i++) tasks.push(job(i));
    total += (await Promise.all(tasks)).length;
  }
  if (total !== rounds * n) throw new Error('wrong');
  console.log((performance.now() - start) / 1000, total);
}
main(100, 10000);
