local YEAR, SUN = 365.24, 39.47841760435743

local function body(x, y, z, vx, vy, vz, mass)
  return { x = x, y = y, z = z, vx = vx, vy = vy, vz = vz, mass = mass }
end

local function planet(x, y, z, vx, vy, vz, mass)
  return body(x, y, z, vx * YEAR, vy * YEAR, vz * YEAR, mass * SUN)
end

local function solar_system()
  local bodies = {
    body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, SUN),
    planet(4.84143144246472, -1.16032004402743, -0.103622044471123,
      0.00166007664274404, 0.00769901118419740, -0.0000690460016972063, 0.000954791938424327),
    planet(8.34336671824458, 4.12479856412431, -0.403523417114321,
      -0.00276742510726411, 0.00499852801234917, 0.0000230417297573764, 0.000285885980666131),
    planet(12.8943695621391, -15.1111514016986, -0.223307578892656,
      0.00296460137564762, 0.00237847173959481, -0.0000296589568540238, 0.0000436624404335156),
    planet(15.3796971148509, -25.9193146099880, 0.179258772950371,
      0.00268067772490389, 0.00162824170038242, -0.0000951592254519716, 0.0000515138902046611),
  }
  local sun = bodies[1]
  for i = 2, #bodies do
    local b = bodies[i]
    sun.vx = sun.vx - b.vx * b.mass / SUN
    sun.vy = sun.vy - b.vy * b.mass / SUN
    sun.vz = sun.vz - b.vz * b.mass / SUN
  end
  return bodies
end

local function step(bodies, dt)
  local count = #bodies
  for i = 1, count do
    local a = bodies[i]
    for j = i + 1, count do
      local b = bodies[j]
      local dx = a.x - b.x
      local dy = a.y - b.y
      local dz = a.z - b.z
      local square = dx * dx + dy * dy + dz * dz
      local pull = dt / (square * square ^ 0.5)
      a.vx = a.vx - dx * b.mass * pull
      a.vy = a.vy - dy * b.mass * pull
      a.vz = a.vz - dz * b.mass * pull
      b.vx = b.vx + dx * a.mass * pull
      b.vy = b.vy + dy * a.mass * pull
      b.vz = b.vz + dz * a.mass * pull
    end
  end
  for i = 1, count do
    local b = bodies[i]
    b.x = b.x + dt * b.vx
    b.y = b.y + dt * b.vy
    b.z = b.z + dt * b.vz
  end
end

local function energy(bodies)
  local total = 0.0
  for i = 1, #bodies do
    local a = bodies[i]
    total = total + 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
    for j = i + 1, #bodies do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      total = total - a.mass * b.mass / (dx * dx + dy * dy + dz * dz) ^ 0.5
    end
  end
  return total
end

local system = solar_system()
local start = clock()
for _ = 1, size do step(system, 0.01) end
report(clock() - start, size, string.format("%.7f", energy(system)))
