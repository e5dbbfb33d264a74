const { sleep } = need("sync.js");

const WIDTH = 6;
const known = new Map(Array.from({ length: 9 }, (_, i) => [i + 1, 1]));
let leaves = 0;

const LEAVES = {
  async none() {
    return 1;
  },
  async io() {
    await sleep(0.05);
    return 1;
  },
  async memo() {
    leaves += 1;
    const key = leaves % 10 ? leaves % 10 : leaves;
    if (!known.has(key)) {
      await sleep(0.05);
      known.set(key, 1);
    }
    return known.get(key);
  },
  async mixed() {
    leaves += 1;
    if (leaves % 2) return await LEAVES.io();
    let product = 1;
    for (let i = 1; i < 100; i++) product = (product * i) % 1000003;
    return product ? 1 : 0;
  },
};

async function join(depth, leaf) {
  if (depth === 0) return await leaf();
  const branches = [];
  for (let i = 0; i < WIDTH; i++) branches.push(join(depth - 1, leaf));
  return (await Promise.all(branches)).reduce((a, b) => a + b);
}

async function main(depth, leaf) {
  const start = clock();
  const total = await join(depth, leaf);
  report(clock() - start, 1, total);
}

// There is no task group to compare with: what fails does not cancel the others.
const [leaf, joined] = argument.split("-");
if (joined === "gather") main(size, LEAVES[leaf]);
