async function job(i) {
  return i;
}

function waitFor(promise, seconds) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("late")), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function main(n) {
  let total = 0;
  const start = clock();
  for (let i = 0; i < n; i++) total += await waitFor(job(i), 10);
  report(clock() - start, n, total);
}

main(size);
