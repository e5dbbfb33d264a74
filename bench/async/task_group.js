async function job(i) {
  return i;
}

async function main(n) {
  let total = 0;
  const start = clock();
  for (let k = 0; k < Math.floor(n / 10); k++) {
    const tasks = [];
    for (let i = 0; i < 10; i++) tasks.push(job(i));
    for (const result of await Promise.all(tasks)) total += result;
  }
  report(clock() - start, n, total);
}

main(size);
