local function counter(by)
  local total = 0
  return function(n)
    total = total + n * by
    return total
  end
end

local function work(n)
  local result = 0
  for i = 0, n - 1 do
    local add = counter(i)
    add(1)
    result = result + add(2)
  end
  return result
end

local start = clock()
local result = work(size)
report(clock() - start, size, result)
