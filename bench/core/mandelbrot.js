function mandelbrot(n) {
  let steps = 0;
  let inside = 0;
  for (let row = 0; row < n; row++) {
    const ci = (2.0 * row) / n - 1.0;
    for (let column = 0; column < n; column++) {
      const cr = (2.0 * column) / n - 1.5;
      let zr = 0.0;
      let zi = 0.0;
      let left = 50;
      while (left > 0) {
        const rr = zr * zr;
        const ii = zi * zi;
        if (rr + ii > 4.0) break;
        zi = 2.0 * zr * zi + ci;
        zr = rr - ii + cr;
        left -= 1;
      }
      steps += 50 - left;
      if (left === 0) inside += 1;
    }
  }
  return [steps, inside];
}
const start = clock();
const [steps, inside] = mandelbrot(size);
report(clock() - start, steps, inside);
