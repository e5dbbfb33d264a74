-- Any function of a coroutine may suspend, so what does not suspend is a plain call.
local sched = need("sched.lua")

local function f() return 1 end

sched.run(function()
  local total = 0
  local start = clock()
  for _ = 1, size do total = total + f() end
  report(clock() - start, size, total)
end)
