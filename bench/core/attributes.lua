local function point(x, y, z) return { x = x, y = y, z = z } end

local function turns(n)
  local a, b = point(1, 2, 3), point(4, 5, 6)
  for _ = 1, n do
    a.x = b.y - a.z
    a.y = b.z - a.x
    a.z = b.x - a.y
  end
  return a.x + a.y + a.z
end

local start = clock()
local result = turns(size)
report(clock() - start, size * 9, result)
