local function count(words, n)
  local map, k = {}, 0
  for _ = 1, n do
    k = (k + 617) % 1009
    local word = words[k]
    if map[word] ~= nil then
      map[word] = map[word] + 1
    else
      map[word] = 1
    end
  end
  local kinds = 0
  for _ in pairs(map) do kinds = kinds + 1 end
  return kinds + map[words[0]]
end

local words = {}
for i = 0, 1008 do words[i] = "word" .. i end
local start = clock()
local result = count(words, size)
report(clock() - start, size, result)
