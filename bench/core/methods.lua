local Shape = {}
Shape.__index = Shape
function Shape.scale(self, by) return self.side * by end
function Shape.area(self) return self.side end

local Square = setmetatable({}, Shape)
Square.__index = Square
function Square.new(side) return setmetatable({ side = side }, Square) end
function Square.area(self) return self.side * self.side end

local Line = setmetatable({}, Shape)
Line.__index = Line
function Line.new(side) return setmetatable({ side = side }, Line) end
function Line.grow(self)
  self.side = self.side + 1
  return self
end

local function calls(n)
  local square, line = Square.new(3), Line.new(0)
  local total = 0
  for _ = 1, n do
    total = total + square:scale(2)
    total = total + square:area()
    total = total + line:grow():area()
  end
  return total
end

local start = clock()
local result = calls(size)
report(clock() - start, size * 4, result)
