function lines(n) {
  let total = 0;
  for (let i = 0; i < n; i++) total += `${i}: ${"name"} = ${(i * 0.5).toFixed(2)}`.length;
  return total;
}

const start = clock();
const result = lines(size);
report(clock() - start, size, result);
