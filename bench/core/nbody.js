class Body {
  constructor(x, y, z, vx, vy, vz, mass) {
    this.x = x;
    this.y = y;
    this.z = z;
    this.vx = vx;
    this.vy = vy;
    this.vz = vz;
    this.mass = mass;
  }
}

const YEAR = 365.24;
const SUN = 39.47841760435743;

function planet(x, y, z, vx, vy, vz, mass) {
  return new Body(x, y, z, vx * YEAR, vy * YEAR, vz * YEAR, mass * SUN);
}

function solarSystem() {
  const bodies = [
    new Body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, SUN),
    planet(4.84143144246472, -1.16032004402743, -0.103622044471123,
      0.00166007664274404, 0.0076990111841974, -0.0000690460016972063, 0.000954791938424327),
    planet(8.34336671824458, 4.12479856412431, -0.403523417114321,
      -0.00276742510726411, 0.00499852801234917, 0.0000230417297573764, 0.000285885980666131),
    planet(12.8943695621391, -15.1111514016986, -0.223307578892656,
      0.00296460137564762, 0.00237847173959481, -0.0000296589568540238, 0.0000436624404335156),
    planet(15.3796971148509, -25.919314609988, 0.179258772950371,
      0.00268067772490389, 0.00162824170038242, -0.0000951592254519716, 0.0000515138902046611),
  ];
  const sun = bodies[0];
  for (const body of bodies.slice(1)) {
    sun.vx -= (body.vx * body.mass) / SUN;
    sun.vy -= (body.vy * body.mass) / SUN;
    sun.vz -= (body.vz * body.mass) / SUN;
  }
  return bodies;
}

function step(bodies, dt) {
  const count = bodies.length;
  for (let i = 0; i < count; i++) {
    const a = bodies[i];
    for (let j = i + 1; j < count; j++) {
      const b = bodies[j];
      const dx = a.x - b.x;
      const dy = a.y - b.y;
      const dz = a.z - b.z;
      const square = dx * dx + dy * dy + dz * dz;
      const pull = dt / (square * Math.sqrt(square));
      a.vx -= dx * b.mass * pull;
      a.vy -= dy * b.mass * pull;
      a.vz -= dz * b.mass * pull;
      b.vx += dx * a.mass * pull;
      b.vy += dy * a.mass * pull;
      b.vz += dz * a.mass * pull;
    }
  }
  for (const body of bodies) {
    body.x += dt * body.vx;
    body.y += dt * body.vy;
    body.z += dt * body.vz;
  }
}

function energy(bodies) {
  let total = 0.0;
  for (let i = 0; i < bodies.length; i++) {
    const a = bodies[i];
    total += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz);
    for (let j = i + 1; j < bodies.length; j++) {
      const b = bodies[j];
      const dx = a.x - b.x;
      const dy = a.y - b.y;
      const dz = a.z - b.z;
      total -= (a.mass * b.mass) / Math.sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return total;
}

const system = solarSystem();
const start = clock();
for (let i = 0; i < size; i++) step(system, 0.01);
report(clock() - start, size, energy(system).toFixed(7));
