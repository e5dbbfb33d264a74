function join(words, n) {
  let total = 0;
  for (let k = 0; k < Math.floor(n / 100); k++) total += words.join(", ").length;
  return total;
}

const words = Array.from({ length: 100 }, (_, i) => "word" + i);
const start = clock();
const result = join(words, size);
report(clock() - start, size, result);
