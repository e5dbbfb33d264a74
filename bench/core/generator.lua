local yield = coroutine.yield

local function count(n)
  return coroutine.wrap(function()
    local i = 0
    while i < n do
      yield(i)
      i = i + 1
    end
  end)
end

local function total(n)
  local s = 0
  for i in count(n) do s = s + i end
  return s
end

local start = clock()
local result = total(size)
report(clock() - start, size, result)
