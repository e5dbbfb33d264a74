function sieve(n) {
  const prime = new Array(n).fill(true);
  let count = 0;
  for (let i = 2; i < n; i++) {
    if (prime[i]) {
      count += 1;
      for (let j = i + i; j < n; j += i) prime[j] = false;
    }
  }
  return count;
}

const start = clock();
const result = sieve(size);
report(clock() - start, size, result);
