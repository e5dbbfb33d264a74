const { Semaphore } = need("sync.js");

async function worker(semaphore, n) {
  for (let i = 0; i < n; i++) {
    await semaphore.acquire();
    try {
      await null;
    } finally {
      semaphore.release();
    }
  }
  return n;
}

async function main(n) {
  const semaphore = new Semaphore(3);
  const start = clock();
  const done = await Promise.all(Array.from({ length: 10 }, () => worker(semaphore, Math.floor(n / 10))));
  report(clock() - start, n, done.reduce((a, b) => a + b));
}

main(size);
