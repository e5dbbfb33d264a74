local function node(left, right) return { left = left, right = right } end

local function make(depth)
  if depth == 0 then return node(nil, nil) end
  return node(make(depth - 1), make(depth - 1))
end

local function count(tree)
  if tree.left == nil then return 1 end
  return 1 + count(tree.left) + count(tree.right)
end

local function work(depth)
  local total = 0
  for _ = 1, 4 do total = total + count(make(depth)) end
  return total
end

local start = clock()
local result = work(size)
report(clock() - start, result, result)
