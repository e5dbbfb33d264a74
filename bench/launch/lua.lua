-- Runs a program of bench/ under Lua or LuaJIT. usage: lua launch/lua.lua FILE SIZE [ARGUMENT]
-- The program finds `size`, `argument`, `clock`, `resident`, `report` and `need`,
-- and the operations whose spelling differs between the two.
size = tonumber(arg[2])
argument = tonumber(arg[3]) or arg[3]
clock = os.clock
unpack = unpack or table.unpack
if bit then
  band, bxor, rshift = bit.band, bit.bxor, bit.rshift
else
  band = load("return function(a, b) return a & b end")()
  bxor = load("return function(a, b) return a ~ b end")()
  rshift = load("return function(a, n) return a >> n end")()
end

-- Bytes of memory that the process holds.
function resident()
  local f = assert(io.open("/proc/self/statm"))
  local pages = f:read("*a"):match("%d+ (%d+)")
  f:close()
  return pages * 4096
end

-- What was spent, on how many operations, and a value that must be the same everywhere.
function report(spent, operations, check)
  if type(check) == "number" then check = string.format("%.0f", check) end
  print(string.format("%.9f %.0f %s", spent, operations, check))
end

-- What the file NAME beside the program returns; it is loaded once.
local loaded = {}
function need(name)
  if loaded[name] == nil then loaded[name] = dofile((arg[1]:match("^(.*/)[^/]*$") or "") .. name) end
  return loaded[name]
end

dofile(arg[1])
