function digits(n) {
  let numerator = 1n, accumulator = 0n, denominator = 1n;
  let k = 0n;
  let found = 0;
  let check = 0;
  for (;;) {
    k += 1n;
    const k2 = k * 2n + 1n;
    accumulator = (accumulator + numerator * 2n) * k2;
    denominator *= k2;
    numerator *= k;
    if (numerator > accumulator) continue;
    const digit = (numerator * 3n + accumulator) / denominator;
    if (digit !== (numerator * 4n + accumulator) / denominator) continue;
    found += 1;
    check = (check * 31 + Number(digit)) % 1000003;
    if (found === n) return check;
    accumulator = (accumulator - denominator * digit) * 10n;
    numerator *= 10n;
  }
}

const start = clock();
const result = digits(size);
report(clock() - start, size, result);
