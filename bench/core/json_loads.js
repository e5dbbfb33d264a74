const text = JSON.stringify(Array.from({ length: 100 }, (_, i) => ({
  id: i, name: "record " + i, tags: ["a", "b", "c"], price: i * 0.25, sold: i % 2 === 0, note: null,
})));
const start = clock();
let total = 0;
for (let k = 0; k < Math.floor(size / 100); k++) total += JSON.parse(text)[7].id;
report(clock() - start, size, total);
