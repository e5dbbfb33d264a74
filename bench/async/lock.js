const { Semaphore } = need("sync.js");

async function worker(lock, n) {
  for (let i = 0; i < n; i++) {
    await lock.acquire();
    try {
      await null;
    } finally {
      lock.release();
    }
  }
  return n;
}

async function main(n) {
  const lock = new Semaphore(1);
  const start = clock();
  const done = await Promise.all(Array.from({ length: 10 }, () => worker(lock, Math.floor(n / 10))));
  report(clock() - start, n, done.reduce((a, b) => a + b));
}

main(size);
