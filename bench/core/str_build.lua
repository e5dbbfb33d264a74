local function build(n)
  local total = 0
  for _ = 1, math.floor(n / 1000) do
    local s = ""
    for _ = 1, 1000 do s = s .. "x" end
    total = total + #s
  end
  return total
end

local start = clock()
local result = build(size)
report(clock() - start, size, result)
