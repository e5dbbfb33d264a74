local sched = need("sched.lua")

local function job(i) return i end

sched.run(function()
  local total = 0
  local start = clock()
  for _ = 1, math.floor(size / 10) do
    local tasks = {}
    for i = 1, 10 do tasks[i] = sched.spawn(job, i - 1) end
    local results = sched.gather(tasks)
    for i = 1, #results do total = total + results[i] end
  end
  report(clock() - start, size, total)
end)
