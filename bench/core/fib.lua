local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

local function calls(n)
  local a, b = 1, 1
  for _ = 1, n do a, b = b, a + b + 1 end
  return a
end

local start = clock()
local result = fib(size)
report(clock() - start, calls(size), result)
