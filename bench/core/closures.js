function counter(by) {
  let total = 0;
  return (n) => {
    total += n * by;
    return total;
  };
}

function work(n) {
  let result = 0;
  for (let i = 0; i < n; i++) {
    const add = counter(i);
    add(1);
    result += add(2);
  }
  return result;
}

const start = clock();
const result = work(size);
report(clock() - start, size, result);
