local REQUIRED, PREFERRED, STRONG_DEFAULT, NORMAL, WEAKEST = 0, 2, 3, 4, 6
local NONE, FORWARD, BACKWARD = 0, 1, 2
local remove, floor = table.remove, math.floor

local function class(base)
  local made = setmetatable({}, base)
  made.__index = made
  return made
end

local function push(list, item) list[#list + 1] = item end

local function drop(list, item)
  for i = 1, #list do
    if list[i] == item then
      remove(list, i)
      return
    end
  end
end

local function Variable(value)
  return { value = value, users = {}, source = nil, mark = 0, strength = WEAKEST, fixed = true }
end

local Constraint = class(nil)

function Constraint:enter(planner)
  self:connect()
  planner:add(self)
end

function Constraint:leave(planner)
  if self:satisfied() then
    planner:remove(self)
  else
    self:disconnect()
  end
end

function Constraint:is_input() return false end

function Constraint:satisfy(mark, planner)
  self:choose(mark)
  if not self:satisfied() then
    if self.strength == REQUIRED then error("a required constraint cannot hold") end
    return nil
  end
  self:mark_inputs(mark)
  local out = self:output()
  local overridden = out.source
  if overridden ~= nil then overridden:give_up() end
  out.source = self
  if not planner:propagate(self, mark) then error("a cycle of constraints") end
  out.mark = mark
  return overridden
end

local Unary = class(Constraint)

local function unary(kind, variable, strength, planner)
  local made = setmetatable({ strength = strength, variable = variable, holds = false }, kind)
  made:enter(planner)
  return made
end

function Unary:connect()
  push(self.variable.users, self)
  self.holds = false
end

function Unary:disconnect()
  drop(self.variable.users, self)
  self.holds = false
end

function Unary:choose(mark) self.holds = self.variable.mark ~= mark and self.strength < self.variable.strength end
function Unary:satisfied() return self.holds end
function Unary:give_up() self.holds = false end
function Unary:mark_inputs(mark) end
function Unary:inputs_known(mark) return true end
function Unary:output() return self.variable end
function Unary:execute() end

function Unary:recalculate()
  self.variable.strength = self.strength
  self.variable.fixed = not self:is_input()
end

local Stay = class(Unary)
local Edit = class(Unary)
function Edit:is_input() return true end

local Binary = class(Constraint)

local function binary(kind, first, second, strength)
  return setmetatable({ strength = strength, first = first, second = second, direction = NONE }, kind)
end

function Binary:connect()
  push(self.first.users, self)
  push(self.second.users, self)
  self.direction = NONE
end

function Binary:disconnect()
  drop(self.first.users, self)
  drop(self.second.users, self)
  self.direction = NONE
end

function Binary:choose(mark)
  local first, second = self.first, self.second
  if first.mark == mark then
    local free = second.mark ~= mark and self.strength < second.strength
    self.direction = free and FORWARD or NONE
  elseif second.mark == mark then
    local free = first.mark ~= mark and self.strength < first.strength
    self.direction = free and BACKWARD or NONE
  elseif first.strength > second.strength then
    self.direction = self.strength < first.strength and BACKWARD or NONE
  else
    self.direction = self.strength < second.strength and FORWARD or NONE
  end
end

function Binary:satisfied() return self.direction ~= NONE end
function Binary:give_up() self.direction = NONE end
function Binary:input() return self.direction == FORWARD and self.first or self.second end
function Binary:output() return self.direction == FORWARD and self.second or self.first end
function Binary:mark_inputs(mark) self:input().mark = mark end

function Binary:inputs_known(mark)
  local source = self:input()
  return source.mark == mark or source.fixed or source.source == nil
end

function Binary:recalculate()
  local source, out = self:input(), self:output()
  out.strength = self.strength > source.strength and self.strength or source.strength
  out.fixed = self:inputs_fixed()
  if out.fixed then self:execute() end
end

function Binary:inputs_fixed() return self:input().fixed end

local Equal = class(Binary)
function Equal:execute() self:output().value = self:input().value end

local Scale = class(Binary)

local function scale(first, factor, offset, second, strength, planner)
  local made = binary(Scale, first, second, strength)
  made.factor = factor
  made.offset = offset
  made:enter(planner)
end

function Scale:connect()
  Binary.connect(self)
  push(self.factor.users, self)
  push(self.offset.users, self)
end

function Scale:disconnect()
  Binary.disconnect(self)
  drop(self.factor.users, self)
  drop(self.offset.users, self)
end

function Scale:mark_inputs(mark)
  Binary.mark_inputs(self, mark)
  self.factor.mark = mark
  self.offset.mark = mark
end

function Scale:inputs_fixed() return self:input().fixed and self.factor.fixed and self.offset.fixed end

function Scale:execute()
  if self.direction == FORWARD then
    self.second.value = self.first.value * self.factor.value + self.offset.value
  else
    self.first.value = floor((self.second.value - self.offset.value) / self.factor.value)
  end
end

local Planner = class(nil)

function Planner.new() return setmetatable({ mark = 0, added = 0 }, Planner) end

function Planner:next_mark()
  self.mark = self.mark + 1
  return self.mark
end

function Planner:add(constraint)
  self.added = self.added + 1
  local mark = self:next_mark()
  while constraint ~= nil do constraint = constraint:satisfy(mark, self) end
end

function Planner:remove(constraint)
  local out = constraint:output()
  constraint:give_up()
  constraint:disconnect()
  local loose = self:release(out)
  for strength = REQUIRED, WEAKEST - 1 do
    for i = 1, #loose do
      if loose[i].strength == strength then self:add(loose[i]) end
    end
  end
end

function Planner:release(out)
  out.source = nil
  out.strength = WEAKEST
  out.fixed = true
  local loose, todo = {}, { out }
  while #todo > 0 do
    local variable = remove(todo)
    local users = variable.users
    for i = 1, #users do
      local constraint = users[i]
      if not constraint:satisfied() then
        push(loose, constraint)
      elseif constraint ~= variable.source then
        constraint:recalculate()
        push(todo, constraint:output())
      end
    end
  end
  return loose
end

function Planner:propagate(constraint, mark)
  local todo = { constraint }
  while #todo > 0 do
    local next = remove(todo)
    local out = next:output()
    if out.mark == mark then
      self:remove(constraint)
      return false
    end
    next:recalculate()
    self:add_users(out, todo)
  end
  return true
end

function Planner:add_users(variable, todo)
  local source, users = variable.source, variable.users
  for i = 1, #users do
    local constraint = users[i]
    if constraint ~= source and constraint:satisfied() then push(todo, constraint) end
  end
end

function Planner:plan(edit)
  local mark = self:next_mark()
  local plan, todo = {}, {}
  if edit:is_input() and edit:satisfied() then push(todo, edit) end
  while #todo > 0 do
    local constraint = remove(todo)
    local out = constraint:output()
    if out.mark ~= mark and constraint:inputs_known(mark) then
      push(plan, constraint)
      out.mark = mark
      self:add_users(out, todo)
    end
  end
  return plan
end

local function execute(plan)
  for i = 1, #plan do plan[i]:execute() end
end

local function change(variable, value, planner)
  local edit = unary(Edit, variable, PREFERRED, planner)
  local plan = planner:plan(edit)
  for _ = 1, 10 do
    variable.value = value
    execute(plan)
  end
  edit:leave(planner)
end

local function chain(n)
  local planner, variables = Planner.new(), {}
  for i = 1, n + 1 do variables[i] = Variable(0) end
  for i = 1, n do binary(Equal, variables[i], variables[i + 1], REQUIRED):enter(planner) end
  unary(Stay, variables[n + 1], STRONG_DEFAULT, planner)
  local edit = unary(Edit, variables[1], PREFERRED, planner)
  local plan = planner:plan(edit)
  local check = 0
  for i = 0, 99 do
    variables[1].value = i
    execute(plan)
    check = check + variables[n + 1].value
  end
  edit:leave(planner)
  return planner.added, check
end

local function projection(n)
  local planner = Planner.new()
  local factor, offset = Variable(10), Variable(1000)
  local sources, targets = {}, {}
  for i = 1, n do
    local source, target = Variable(i - 1), Variable(i - 1)
    sources[i] = source
    targets[i] = target
    unary(Stay, source, NORMAL, planner)
    scale(source, factor, offset, target, REQUIRED, planner)
  end
  change(sources[n], 17, planner)
  local check = targets[n].value
  change(targets[n], 1050, planner)
  check = check + sources[n].value
  change(factor, 5, planner)
  change(offset, 2000, planner)
  for i = 1, n do check = check + targets[i].value end
  return planner.added, check
end

local start = clock()
local added, check = chain(size)
local more, result = projection(size)
report(clock() - start, added + more, check + result)
