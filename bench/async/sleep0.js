async function worker(n) {
  let i = 0;
  while (i < n) {
    await null;
    i += 1;
  }
  return i;
}

async function main(switches, tasks) {
  const start = clock();
  const done = await Promise.all(Array.from({ length: tasks }, () => worker(Math.floor(switches / tasks))));
  report(clock() - start, switches, done.reduce((a, b) => a + b));
}

main(size, argument);
