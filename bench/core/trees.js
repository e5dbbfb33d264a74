class Node {
  constructor(left, right) {
    this.left = left;
    this.right = right;
  }
}

function make(depth) {
  if (depth === 0) return new Node(null, null);
  return new Node(make(depth - 1), make(depth - 1));
}

function count(node) {
  if (node.left === null) return 1;
  return 1 + count(node.left) + count(node.right);
}

function work(depth) {
  let total = 0;
  for (let i = 0; i < 4; i++) total += count(make(depth));
  return total;
}

const start = clock();
const result = work(size);
report(clock() - start, result, result);
