local sched = need("sched.lua")

local function wait(future) return (sched.await(future)) end

sched.run(function()
  local futures, tasks = {}, {}
  for i = 1, size do
    futures[i] = false
    tasks[i] = false
  end
  local before = resident()
  local start = clock()
  for i = 1, size do
    futures[i] = sched.future()
    tasks[i] = sched.spawn(wait, futures[i])
  end
  sched.pause()
  local created = clock()
  local held = resident() - before
  local middle = clock()
  for i = 1, size do sched.set(futures[i], 1) end
  local total = 0
  for i = 1, size do total = total + sched.await(tasks[i]) end
  local spent = clock() - middle
  report(held, size, total)
  report(created - start, size, total)
  report(spent, size, total)
end)
