class Shape {
  constructor(side) {
    this.side = side;
  }
  scale(by) {
    return this.side * by;
  }
  area() {
    return this.side;
  }
}

class Square extends Shape {
  area() {
    return this.side * this.side;
  }
}

class Line extends Shape {
  grow() {
    this.side += 1;
    return this;
  }
}

function calls(n) {
  const square = new Square(3);
  const line = new Line(0);
  let total = 0;
  for (let i = 0; i < n; i++) {
    total += square.scale(2);
    total += square.area();
    total += line.grow().area();
  }
  return total;
}

const start = clock();
const result = calls(size);
report(clock() - start, size * 4, result);
