const { Event } = need("sync.js");

async function wait(event) {
  await event.wait();
  return 1;
}

async function main(n) {
  const event = new Event();
  const tasks = new Array(n).fill(null);
  const before = resident();
  const start = clock();
  for (let i = 0; i < n; i++) tasks[i] = wait(event);
  await null;
  const created = clock();
  const held = resident() - before;
  const middle = clock();
  event.set();
  let total = 0;
  for (const task of tasks) total += await task;
  const spent = clock() - middle;
  report(held, n, total);
  report(created - start, n, total);
  report(spent, n, total);
}

main(size);
