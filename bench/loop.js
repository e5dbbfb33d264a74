function loop(n) {
  let i = 0;
  while (i < n) {
    i += 1;
  }
  return i;
}
const start = performance.now();
if (loop(30000000) !== 30000000) throw new Error('wrong');
console.log((performance.now() - start) / 1000, 30000000);
