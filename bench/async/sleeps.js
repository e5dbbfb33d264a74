const { sleep } = need("sync.js");

async function nap(seconds) {
  await sleep(seconds);
  return 1;
}

async function main(n) {
  const start = clock();
  const done = await Promise.all(Array.from({ length: n }, (_, i) => nap(((i * 16807) % 1000) / 1000)));
  report(clock() - start, 1, done.reduce((a, b) => a + b));
}

main(size);
