const { Queue } = need("sync.js");

async function produce(queue, n) {
  for (let i = 0; i < n; i++) await queue.put(i);
}

async function main(n) {
  const queue = new Queue(1);
  const start = clock();
  const producer = produce(queue, n);
  let total = 0;
  for (let i = 0; i < n; i++) total += await queue.get();
  await producer;
  report(clock() - start, n, total);
}

main(size);
