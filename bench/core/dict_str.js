function count(words, n) {
  const map = new Map();
  let k = 0;
  for (let i = 0; i < n; i++) {
    k = (k + 617) % 1009;
    const word = words[k];
    if (map.has(word)) map.set(word, map.get(word) + 1);
    else map.set(word, 1);
  }
  return map.size + map.get(words[0]);
}

const words = Array.from({ length: 1009 }, (_, i) => "word" + i);
const start = clock();
const result = count(words, size);
report(clock() - start, size, result);
