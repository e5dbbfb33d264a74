local format = string.format

local function lines(n)
  local total = 0
  for i = 0, n - 1 do total = total + #format("%d: %s = %.2f", i, "name", i * 0.5) end
  return total
end

local start = clock()
local result = lines(size)
report(clock() - start, size, result)
