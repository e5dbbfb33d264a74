local sched = need("sched.lua")
local Semaphore = need("sync.lua").Semaphore

local function worker(lock, n)
  for _ = 1, n do
    lock:acquire()
    sched.pause()
    lock:release()
  end
  return n
end

sched.run(function()
  local lock, tasks, total = Semaphore(1), {}, 0
  local start = clock()
  for i = 1, 10 do tasks[i] = sched.spawn(worker, lock, math.floor(size / 10)) end
  for _, done in ipairs(sched.gather(tasks)) do total = total + done end
  report(clock() - start, size, total)
end)
