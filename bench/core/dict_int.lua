local function work(n)
  local map, total, live = {}, 0, 0
  for i = 0, n - 1 do
    local key = i * 7919 % 1009 * 65537
    if map[key] == nil then live = live + 1 end
    map[key] = i
    local other = i * 104729 % 1009 * 65537
    if map[other] ~= nil then
      total = total + map[other]
      if i % 4 == 0 then
        map[other] = nil
        live = live - 1
      end
    end
  end
  return total + live
end

local start = clock()
local result = work(size)
report(clock() - start, size, result)
