-- Coroutines in a ready list, each run to its end, the results collected.
local function job(i) return i end
local rounds, n = 100, 10000
local start = os.clock()
local total = 0
for _ = 1, rounds do
  local ready, results = {}, {}
  for i = 1, n do ready[i] = coroutine.create(job) end
  for i = 1, n do
    local _, v = coroutine.resume(ready[i], i)
    results[i] = v
  end
  total = total + #results
end
assert(total == rounds * n)
print(os.clock() - start, total)
