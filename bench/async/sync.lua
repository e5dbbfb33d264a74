-- Queues and semaphores for the scheduler: waiters in order, each handed what it waits for.
local sched = need("sched.lua")
local sync = {}

local function line() return { first = 1, last = 0 } end

local function join(waiters)
  local future = sched.future()
  waiters.last = waiters.last + 1
  waiters[waiters.last] = future
  return future
end

local function wake_one(waiters)
  if waiters.first > waiters.last then return false end
  local future = waiters[waiters.first]
  waiters[waiters.first] = nil
  waiters.first = waiters.first + 1
  sched.set(future, true)
  return true
end

local Queue = {}
Queue.__index = Queue

function sync.Queue(room)
  return setmetatable({ room = room, items = line(), getters = line(), putters = line() }, Queue)
end

function Queue:put(item)
  local items = self.items
  while items.last - items.first + 1 >= self.room do sched.await(join(self.putters)) end
  items.last = items.last + 1
  items[items.last] = item
  wake_one(self.getters)
end

function Queue:get()
  local items = self.items
  while items.first > items.last do sched.await(join(self.getters)) end
  local item = items[items.first]
  items[items.first] = nil
  items.first = items.first + 1
  wake_one(self.putters)
  return item
end

local Semaphore = {}
Semaphore.__index = Semaphore

function sync.Semaphore(free) return setmetatable({ free = free, waiters = line() }, Semaphore) end

function Semaphore:acquire()
  if self.free > 0 then
    self.free = self.free - 1
  else
    sched.await(join(self.waiters))
  end
end

-- What is given back goes to the one that waits longest, if any does.
function Semaphore:release()
  if not wake_one(self.waiters) then self.free = self.free + 1 end
end

return sync
