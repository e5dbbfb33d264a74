local function split(line, n)
  local total = 0
  for _ = 1, math.floor(n / 100) do
    local words, count = {}, 0
    for word in line:gmatch("[^ ]+") do
      count = count + 1
      words[count] = word
    end
    total = total + #words
  end
  return total
end

local words = {}
for i = 0, 99 do words[i + 1] = "word" .. i end
local line = table.concat(words, " ")
local start = clock()
local result = split(line, size)
report(clock() - start, size, result)
