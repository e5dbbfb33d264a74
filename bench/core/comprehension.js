function work(n) {
  let total = 0;
  for (let k = 0; k < Math.floor(n / 100); k++) {
    const list = [];
    for (let i = 0; i < 100; i++) if (i % 3 !== 0) list.push(i * k);
    total += list.length;
  }
  return total;
}

const start = clock();
const result = work(size);
report(clock() - start, size, result);
