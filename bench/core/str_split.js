function split(line, n) {
  let total = 0;
  for (let k = 0; k < Math.floor(n / 100); k++) total += line.split(" ").length;
  return total;
}

const line = Array.from({ length: 100 }, (_, i) => "word" + i).join(" ");
const start = clock();
const result = split(line, size);
report(clock() - start, size, result);
