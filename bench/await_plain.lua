-- The nearest thing: a coroutine that is made, run to its end and asked for its value.
local function f() return 1 end
local function main(n)
  local total = 0
  local start = os.clock()
  for i = 1, n do
    local _, v = coroutine.resume(coroutine.create(f))
    total = total + v
  end
  assert(total == n)
  print(os.clock() - start, n)
end
main(3000000)
