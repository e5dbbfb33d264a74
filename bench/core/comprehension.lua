local function work(n)
  local total = 0
  for k = 0, math.floor(n / 100) - 1 do
    local list, count = {}, 0
    for i = 0, 99 do
      if i % 3 ~= 0 then
        count = count + 1
        list[count] = i * k
      end
    end
    total = total + #list
  end
  return total
end

local start = clock()
local result = work(size)
report(clock() - start, size, result)
