local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end
local start = clock()
local result = fib(size)
local spent = clock() - start
report(spent, 2 * fib(size + 1) - 1, result)
