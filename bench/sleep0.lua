-- Round robin over a hundred coroutines.
local yield, resume = coroutine.yield, coroutine.resume
local function worker(n)
  for i = 1, n do yield() end
end
local tasks, n = 100, 20000
local start = os.clock()
local ready = {}
for i = 1, tasks do ready[i] = coroutine.create(worker) end
local first, last = 1, tasks
while first <= last do
  local co = ready[first]
  ready[first] = nil
  first = first + 1
  resume(co, n)
  if coroutine.status(co) ~= "dead" then
    last = last + 1
    ready[last] = co
  end
end
print(os.clock() - start, tasks * n)
