"""Makes CPython 3.13.0's asyncio walk its sets of tasks in order of creation, as aio does (docs/deviations.md: task-set-order), and
gives its TaskGroup, shield() and loop the later fixes that aio has (eager-in-group, generator-exit-in-group, group-cycles,
shielded-exception, eager-names), and frame-back where it shows in what a collection finds.

For the oracle alone: vclock.py --ordered. So programs whose order would hang on addresses can be compared line by line.
"""
import ctypes
import gc
import inspect
import textwrap
import types


class OrderedSet(dict):
    """As much of a set as asyncio needs, in order of insertion."""

    def __init__(self, items=()):
        super().__init__((item, None) for item in items)

    def add(self, item):
        self[item] = None

    def discard(self, item):
        self.pop(item, None)

    def remove(self, item):
        del self[item]


# A name of the module asyncio.tasks in newer CPythons.
LOG_SHIELDED = '''
def _log_on_exception(inner):
    exc = None if inner.cancelled() else inner.exception()
    if exc is not None:
        inner.get_loop().call_exception_handler(
            {'message': f'{type(exc).__name__} exception in shielded future', 'exception': exc, 'future': inner})
'''


# Until its end a group must not forget them; then they would only make cycles.
FORGET = '''
exc = tb = propagate_cancellation_error = None
if not self._tasks:
    self._parent_task = self._errors = self._base_error = None
'''

# Tasks of its own eager factories get their names at once; the others only those that are given.
EAGER_NAME = '''\
        if getattr(self._task_factory, '__qualname__', '') == 'create_eager_task_factory.<locals>.factory':
            return self._task_factory(self, coro, name=name, context=context)
'''


_collect = gc.collect
F_BACK = object.__basicsize__  # of a PyFrameObject: the first field


def collect(*args):
    """gc.collect(), after the frames of coroutines and generators that are over have let their last callers go: only those have them."""
    over = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
    for frame in gc.get_objects():
        if type(frame) is types.FrameType and frame.f_code.co_flags & over:
            back = ctypes.c_void_p.from_address(id(frame) + F_BACK)
            if back.value:
                caller, back.value = back.value, None
                ctypes.pythonapi.Py_DecRef(ctypes.c_void_p(caller))
    del frame  # the last of all objects
    return _collect(*args)


def change(cls, name, *places, finish=None):
    """Compiles a method, or a module's function, again with other text in some places (old, new), and statements at its end."""
    module = inspect.getmodule(cls)
    text = textwrap.dedent(inspect.getsource(getattr(cls, name)))
    for old, new in places:
        if old not in text:
            raise SystemExit(f'ordered: {cls.__name__}.{name} is not the one of CPython 3.13.0')
        text = text.replace(old, new)
    if finish:
        head, body = text.split('\n', 1)
        text = f"{head}\n    try:\n{textwrap.indent(body, '    ')}    finally:\n{textwrap.indent(finish, ' ' * 8)}"
    found = {}
    exec(compile(text, module.__file__, 'exec'), module.__dict__, found)
    setattr(cls, name, found[name])


def install():
    import asyncio
    from asyncio import base_events, runners, taskgroups, tasks

    # Their set() is a name of the module; only the one display of as_completed needs its text changed.
    tasks.set = taskgroups.set = OrderedSet
    display = '{ensure_future(aw, loop=loop) for aw in set(aws)}'
    change(tasks._AsCompletedIterator, '__init__', (display, 'set([%s])' % display[1:-1]))

    group = taskgroups.TaskGroup
    change(group, 'create_task', ('    if task.done():\n        self._on_task_done(task)\n    else:\n', '    if True:\n'))
    change(group, '__aexit__',
           ('            me = BaseExceptionGroup(',
            '            if et is not None and issubclass(et, GeneratorExit) and len(self._errors) == 1:\n'
            '                raise exc\n'
            '            me = BaseExceptionGroup('),
           ('raise me from None', 'try:\n                raise me from None\n            finally:\n                me = None'),
           finish=FORGET)

    exec(compile(LOG_SHIELDED, tasks.__file__, 'exec'), tasks.__dict__)
    removal = '            inner.remove_done_callback(_inner_done_callback)\n'
    change(tasks, 'shield', (removal, removal +
                             '            if outer.cancelled():\n'
                             '                inner.remove_done_callback(_log_on_exception)\n'
                             '                inner.add_done_callback(_log_on_exception)\n'))
    asyncio.shield = tasks.shield

    tasks._scheduled_tasks.data = OrderedSet()

    class Tasks:
        """The module tasks, as runners knows it."""

        def __getattr__(self, name):
            return getattr(tasks, name)

        @staticmethod
        def all_tasks(loop):
            return [t for t in tasks._scheduled_tasks if t.get_loop() is loop and not t.done()]

    runners.tasks = Tasks()

    gc.collect = collect

    change(base_events.BaseEventLoop, 'create_task',
           ('        if context is None:\n', EAGER_NAME + '        if context is None:\n'),
           ('        task.set_name(name)', '        if name is not None:\n            task.set_name(name)'))

    loop_init = base_events.BaseEventLoop.__init__

    def __init__(self):
        loop_init(self)
        self._asyncgens.data = OrderedSet()

    base_events.BaseEventLoop.__init__ = __init__
