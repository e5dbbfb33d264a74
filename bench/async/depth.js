async function leaf(n) {
  const start = clock();
  for (let i = 0; i < n; i++) await null;
  return clock() - start;
}

async function chain(depth, n) {
  if (depth > 1) return await chain(depth - 1, n);
  return await leaf(n);
}

async function main(n, depth) {
  report(await chain(depth, n), n, depth);
}

main(size, argument);
