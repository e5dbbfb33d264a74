const records = Array.from({ length: 100 }, (_, i) => ({
  id: i, name: "record " + i, tags: ["a", "b", "c"], price: i * 0.25, sold: i % 2 === 0, note: null,
}));
const start = clock();
let total = 0;
for (let k = 0; k < Math.floor(size / 100); k++) total += JSON.stringify(records).length;
report(clock() - start, size, JSON.stringify(records[3].tags));
