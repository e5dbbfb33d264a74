local function resident()
  local f = assert(io.open("/proc/self/statm"))
  local _, pages = f:read("n", "n")
  if not pages then
    f:seek("set", 0)
    _, pages = f:read("*n", "*n")
  end
  f:close()
  return pages * 4096
end
local function suspended() coroutine.yield() end
local before = resident()
local tasks = {}
for i = 1, 1000000 do
  tasks[i] = coroutine.create(suspended)
  coroutine.resume(tasks[i])
end
print(resident() - before, #tasks)
