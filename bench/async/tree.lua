-- Without leaves that wait: Lua by itself cannot sleep.
if argument ~= "none-gather" then return end
local sched = need("sched.lua")

local function leaf() return 1 end

local function join(depth)
  if depth == 0 then return (leaf()) end
  local branches = {}
  for i = 1, 6 do branches[i] = sched.spawn(join, depth - 1) end
  local total = 0
  local results = sched.gather(branches)
  for i = 1, #results do total = total + results[i] end
  return total
end

sched.run(function()
  local start = clock()
  local total = join(size)
  report(clock() - start, 1, total)
end)
