local sched = need("sched.lua")

local function leaf(n)
  local start = clock()
  for _ = 1, n do sched.pause() end
  return clock() - start
end

local function chain(depth, n)
  if depth > 1 then
    local spent = chain(depth - 1, n)
    return spent
  end
  local spent = leaf(n)
  return spent
end

sched.run(function() report(chain(argument, size), size, argument) end)
