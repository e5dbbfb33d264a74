function work(n) {
  const map = new Map();
  let total = 0;
  for (let i = 0; i < n; i++) {
    map.set(((i * 7919) % 1009) * 65537, i);
    const other = ((i * 104729) % 1009) * 65537;
    if (map.has(other)) {
      total += map.get(other);
      if (i % 4 === 0) map.delete(other);
    }
  }
  return total + map.size;
}

const start = clock();
const result = work(size);
report(clock() - start, size, result);
