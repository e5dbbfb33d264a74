local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end
local start = os.clock()
assert(fib(32) == 2178309)
print(os.clock() - start, 7049155)
