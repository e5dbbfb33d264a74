function loop(n) {
  let i = 0;
  while (i < n) i += 1;
  return i;
}
const start = clock();
const result = loop(size);
report(clock() - start, size, result);
