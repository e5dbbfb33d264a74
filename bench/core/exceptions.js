class Refused extends Error {
  constructor(value) {
    super();
    this.value = value;
  }
}

function check(i) {
  if (i >= 0) throw new Refused(i);
  return i;
}

function tries(n) {
  let caught = 0;
  for (let i = 0; i < n; i++) {
    try {
      check(i);
    } catch (e) {
      if (!(e instanceof Refused)) throw e;
      caught += 1;
    }
  }
  return caught;
}

const start = clock();
const result = tries(size);
report(clock() - start, size, result);
