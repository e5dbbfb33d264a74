-- A scheduler of coroutines: tasks in a ready ring, futures with waiters. What a Lua program would use for asyncio.
local create, resume, yield, status = coroutine.create, coroutine.resume, coroutine.yield, coroutine.status
local ready, first, last = {}, 1, 0
local sched = {}

local function push(task)
  last = last + 1
  ready[last] = task
end

function sched.future() return { done = false, value = nil } end

-- A future's waiters: none, a task, or a list of tasks.
local function wake(future)
  local waiter = future.waiter
  if waiter == nil then return end
  future.waiter = nil
  if waiter.co then
    push(waiter)
  else
    for i = 1, #waiter do push(waiter[i]) end
  end
end

function sched.set(future, value)
  future.done = true
  future.value = value
  wake(future)
end

-- Waits for a future or a task, from inside of a task.
function sched.await(future)
  if not future.done then
    local waiter = future.waiter
    if waiter == nil then
      future.waiter = sched.current
    elseif waiter.co then
      future.waiter = { waiter, sched.current }
    else
      waiter[#waiter + 1] = sched.current
    end
    yield()
  end
  return future.value
end

function sched.spawn(f, a, b)
  local task = { co = create(f), a = a, b = b, done = false }
  push(task)
  return task
end

-- Until the next turn.
function sched.pause()
  push(sched.current)
  yield()
end

-- The results of all tasks, once they are done.
function sched.gather(tasks)
  local results = {}
  for i = 1, #tasks do results[i] = sched.await(tasks[i]) end
  return results
end

function sched.run(main)
  sched.spawn(main)
  while first <= last do
    local task = ready[first]
    ready[first] = nil
    first = first + 1
    sched.current = task
    local good, value = resume(task.co, task.a, task.b)
    if not good then error(value) end
    if status(task.co) == "dead" then
      task.done = true
      task.value = value
      wake(task)
    end
    if first > last then first, last = 1, 0 end
  end
end

return sched
