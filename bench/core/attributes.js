class Point {
  constructor(x, y, z) {
    this.x = x;
    this.y = y;
    this.z = z;
  }
}

function turns(n) {
  const a = new Point(1, 2, 3);
  const b = new Point(4, 5, 6);
  for (let i = 0; i < n; i++) {
    a.x = b.y - a.z;
    a.y = b.z - a.x;
    a.z = b.x - a.y;
  }
  return a.x + a.y + a.z;
}

const start = clock();
const result = turns(size);
report(clock() - start, size * 9, result);
