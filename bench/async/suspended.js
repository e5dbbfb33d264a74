async function wait(future) {
  return await future;
}

async function main(n) {
  const resolves = new Array(n).fill(null);
  const tasks = new Array(n).fill(null);
  const before = resident();
  const start = clock();
  for (let i = 0; i < n; i++) {
    const future = new Promise((resolve) => {
      resolves[i] = resolve;
    });
    tasks[i] = wait(future);
  }
  await null;
  const created = clock();
  const held = resident() - before;
  const middle = clock();
  for (const resolve of resolves) resolve(1);
  let total = 0;
  for (const task of tasks) total += await task;
  const spent = clock() - middle;
  report(held, n, total);
  report(created - start, n, total);
  report(spent, n, total);
}

main(size);
