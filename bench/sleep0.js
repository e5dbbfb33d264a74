async function worker(n) {
  for (let i = 0; i < n; i++) await null;
}
async function main(tasks, n) {
  const start = performance.now();
  await Promise.all(Array.from({ length: tasks }, () => worker(n)));
  console.log((performance.now() - start) / 1000, tasks * n);
}
main(100, 20000);
