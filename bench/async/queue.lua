local sched = need("sched.lua")
local Queue = need("sync.lua").Queue

local function produce(queue, n)
  for i = 0, n - 1 do queue:put(i) end
end

sched.run(function()
  local queue = Queue(1)
  local start = clock()
  local producer = sched.spawn(produce, queue, size)
  local total = 0
  for _ = 1, size do total = total + queue:get() end
  sched.await(producer)
  report(clock() - start, size, total)
end)
