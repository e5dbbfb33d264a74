local function loop(n)
  local i = 0
  while i < n do
    i = i + 1
  end
  return i
end
local start = clock()
local result = loop(size)
report(clock() - start, size, result)
