local sched = need("sched.lua")

local function wait(event)
  sched.await(event)
  return 1
end

sched.run(function()
  local event, tasks = sched.future(), {}
  for i = 1, size do tasks[i] = false end
  local before = resident()
  local start = clock()
  for i = 1, size do tasks[i] = sched.spawn(wait, event) end
  sched.pause()
  local created = clock()
  local held = resident() - before
  local middle = clock()
  sched.set(event, true)
  local total = 0
  for i = 1, size do total = total + sched.await(tasks[i]) end
  local spent = clock() - middle
  report(held, size, total)
  report(created - start, size, total)
  report(spent, size, total)
end)
