function build(n) {
  let total = 0;
  for (let k = 0; k < Math.floor(n / 1000); k++) {
    let s = "";
    for (let i = 0; i < 1000; i++) s += "x";
    total += s.length;
  }
  return total;
}

const start = clock();
const result = build(size);
report(clock() - start, size, result);
