const two = (n) => String(n).padStart(2, "0");
const lines = Array.from({ length: 100 }, (_, i) =>
  `line ${i}: mail user${i * 7}@example${i % 5}.org about 2026-${two((i % 12) + 1)}-${two((i % 28) + 1)}, ` +
  "not a@b or 12-34");
const address = /[a-z0-9]+@[a-z0-9]+\.(?:com|org|net)/;
const date = /(\d{4})-(\d{2})-(\d{2})/;
const start = clock();
let total = 0;
for (let k = 0; k < Math.floor(size / 100); k++) {
  for (const line of lines) {
    total += address.exec(line)[0].length;
    total += Number(date.exec(line)[3]);
  }
}
report(clock() - start, size, total);
