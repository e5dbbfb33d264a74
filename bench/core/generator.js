function* count(n) {
  let i = 0;
  while (i < n) {
    yield i;
    i += 1;
  }
}

function total(n) {
  let s = 0;
  for (const i of count(n)) s += i;
  return s;
}

const start = clock();
const result = total(size);
report(clock() - start, size, result);
