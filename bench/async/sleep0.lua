local sched = need("sched.lua")
local pause = sched.pause

local function worker(n)
  local i = 0
  while i < n do
    pause()
    i = i + 1
  end
  return i
end

sched.run(function()
  local tasks, made = argument, {}
  local start = clock()
  for i = 1, tasks do made[i] = sched.spawn(worker, math.floor(size / tasks)) end
  local total = 0
  for _, done in ipairs(sched.gather(made)) do total = total + done end
  report(clock() - start, size, total)
end)
