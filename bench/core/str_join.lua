local function join(words, n)
  local total = 0
  for _ = 1, math.floor(n / 100) do total = total + #table.concat(words, ", ") end
  return total
end

local words = {}
for i = 0, 99 do words[i + 1] = "word" .. i end
local start = clock()
local result = join(words, size)
report(clock() - start, size, result)
