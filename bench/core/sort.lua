local items = {}
local x = 42
for i = 1, size do
  x = x * 16807 % 2147483647
  items[i] = x
end
local start = clock()
table.sort(items)
local spent = clock() - start
report(spent, size, items[math.floor(size / 2) + 1])
