const items = [];
let x = 42;
for (let i = 0; i < size; i++) {
  x = (x * 16807) % 2147483647;
  items.push(x);
}
const start = clock();
items.sort((a, b) => a - b);
const spent = clock() - start;
report(spent, size, items[Math.floor(size / 2)]);
