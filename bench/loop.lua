local function loop(n)
  local i = 0
  while i < n do
    i = i + 1
  end
  return i
end
local start = os.clock()
assert(loop(30000000) == 30000000)
print(os.clock() - start, 30000000)
