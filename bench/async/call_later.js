function late() {
  throw new Error("this was cancelled");
}

async function main(n) {
  let cancelled = 0;
  const start = clock();
  for (let k = 0; k < Math.floor(n / 1000); k++) {
    const timers = [];
    for (let i = 0; i < 1000; i++) timers.push(setTimeout(late, (3600 + i) * 1000));
    for (const timer of timers) {
      clearTimeout(timer);
      cancelled += 1;
    }
    await null;
  }
  report(clock() - start, n, cancelled);
}

main(size);
