local IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = 1, 2, 3, 4, 5, 6
local DEVICE, WORK = 1, 2
local band, bxor, rshift = band, bxor, rshift

local Packet = {}
Packet.__index = Packet

function Packet.new(link, address, kind)
  return setmetatable({ link = link, address = address, kind = kind, datum = 0, letters = { 0, 0, 0, 0 } }, Packet)
end

function Packet:put_last(queue)
  self.link = nil
  if queue == nil then return self end
  local last = queue
  while last.link ~= nil do last = last.link end
  last.link = self
  return queue
end

local function class(base)
  local made = setmetatable({}, base)
  made.__index = made
  return made
end

local Task = class(nil)

function Task.new(kind, kernel, name, priority, queue)
  local task = setmetatable({
    kernel = kernel, name = name, priority = priority, queue = queue, pending = queue ~= nil, waiting = true,
    held = false, link = kernel.first,
  }, kind)
  kernel.first = task
  kernel.tasks[name] = task
  return task
end

function Task:must_wait() return self.held or (self.waiting and not self.pending) end

function Task:run()
  local packet = nil
  if self.waiting and self.pending then
    packet = self.queue
    self.queue = packet.link
    self.waiting = false
    self.pending = self.queue ~= nil
  end
  return self:take(packet)
end

function Task:receive(packet, sender)
  if self.queue == nil then
    self.queue = packet
    self.pending = true
    if self.priority > sender.priority then return self end
  else
    packet:put_last(self.queue)
  end
  return sender
end

function Task:wait()
  self.waiting = true
  return self
end

local Idle = class(Task)

function Idle.new(kernel, count)
  local task = Task.new(Idle, kernel, IDLE, 0, nil)
  task.waiting = false
  task.count = count
  task.bits = 1
end

function Idle:take(packet)
  self.count = self.count - 1
  if self.count == 0 then return self.kernel:hold() end
  if band(self.bits, 1) == 0 then
    self.bits = rshift(self.bits, 1)
    return self.kernel:release(DEVICE_A)
  end
  self.bits = bxor(rshift(self.bits, 1), 0xD008)
  return self.kernel:release(DEVICE_B)
end

local Worker = class(Task)

function Worker.new(kernel, priority, queue)
  local task = Task.new(Worker, kernel, WORKER, priority, queue)
  task.to = HANDLER_A
  task.letter = 0
end

function Worker:take(packet)
  if packet == nil then return self:wait() end
  self.to = self.to == HANDLER_A and HANDLER_B or HANDLER_A
  packet.address = self.to
  packet.datum = 1
  for i = 1, 4 do
    self.letter = self.letter + 1
    if self.letter > 26 then self.letter = 1 end
    packet.letters[i] = self.letter
  end
  return self.kernel:send(packet)
end

local Handler = class(Task)

function Handler.new(kernel, name, priority, queue) Task.new(Handler, kernel, name, priority, queue) end

function Handler:take(packet)
  if packet ~= nil then
    if packet.kind == WORK then
      self.work = packet:put_last(self.work)
    else
      self.devices = packet:put_last(self.devices)
    end
  end
  local work = self.work
  if work ~= nil then
    local at = work.datum
    if at > 4 then
      self.work = work.link
      return self.kernel:send(work)
    end
    local device = self.devices
    if device ~= nil then
      self.devices = device.link
      device.datum = work.letters[at]
      work.datum = at + 1
      return self.kernel:send(device)
    end
  end
  return self:wait()
end

local Device = class(Task)

function Device.new(kernel, name, priority) Task.new(Device, kernel, name, priority, nil) end

function Device:take(packet)
  if packet ~= nil then
    self.packet = packet
    return self.kernel:hold()
  end
  packet = self.packet
  if packet == nil then return self:wait() end
  self.packet = nil
  return self.kernel:send(packet)
end

local Kernel = {}
Kernel.__index = Kernel

function Kernel.new() return setmetatable({ tasks = {}, sent = 0, holds = 0 }, Kernel) end

function Kernel:schedule()
  self.current = self.first
  while self.current ~= nil do
    if self.current:must_wait() then
      self.current = self.current.link
    else
      self.current = self.current:run()
    end
  end
end

function Kernel:send(packet)
  local to = self.tasks[packet.address]
  self.sent = self.sent + 1
  packet.link = nil
  packet.address = self.current.name
  return to:receive(packet, self.current)
end

function Kernel:hold()
  self.holds = self.holds + 1
  self.current.held = true
  return self.current.link
end

function Kernel:release(name)
  local task = self.tasks[name]
  task.held = false
  return task.priority > self.current.priority and task or self.current
end

local function packets(count, address, kind)
  local queue = nil
  for _ = 1, count do queue = Packet.new(queue, address, kind) end
  return queue
end

local function run(count)
  local kernel = Kernel.new()
  Idle.new(kernel, count)
  Worker.new(kernel, 1000, packets(2, WORKER, WORK))
  Handler.new(kernel, HANDLER_A, 2000, packets(3, DEVICE_A, DEVICE))
  Handler.new(kernel, HANDLER_B, 3000, packets(3, DEVICE_B, DEVICE))
  Device.new(kernel, DEVICE_A, 4000)
  Device.new(kernel, DEVICE_B, 5000)
  kernel:schedule()
  return kernel
end

local start = clock()
local kernel = run(size)
report(clock() - start, kernel.sent, kernel.holds)
