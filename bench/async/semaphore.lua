local sched = need("sched.lua")
local Semaphore = need("sync.lua").Semaphore

local function worker(semaphore, n)
  for _ = 1, n do
    semaphore:acquire()
    sched.pause()
    semaphore:release()
  end
  return n
end

sched.run(function()
  local semaphore, tasks, total = Semaphore(3), {}, 0
  local start = clock()
  for i = 1, 10 do tasks[i] = sched.spawn(worker, semaphore, math.floor(size / 10)) end
  for _, done in ipairs(sched.gather(tasks)) do total = total + done end
  report(clock() - start, size, total)
end)
