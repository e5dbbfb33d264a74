local Refused = {}
Refused.__index = Refused

local function check(i)
  if i >= 0 then error(setmetatable({ value = i }, Refused)) end
  return i
end

local function tries(n)
  local caught = 0
  for i = 0, n - 1 do
    local good, what = pcall(check, i)
    if not good and getmetatable(what) == Refused then caught = caught + 1 end
  end
  return caught
end

local start = clock()
local result = tries(size)
report(clock() - start, size, result)
