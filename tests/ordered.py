"""Makes CPython's asyncio walk its sets of tasks in order of creation, as aio does (docs/deviations.md: task-set-order).

For the oracle alone: vclock.py --ordered. So programs whose order would hang on addresses can be compared line by line.
"""
import inspect
import textwrap


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


def install():
    from asyncio import base_events, runners, taskgroups, tasks

    # Their set() is a name of the module; only the one display of as_completed needs its text changed.
    tasks.set = taskgroups.set = OrderedSet
    cls = tasks._AsCompletedIterator
    text = textwrap.dedent(inspect.getsource(cls.__init__))
    display = '{ensure_future(aw, loop=loop) for aw in set(aws)}'
    if display not in text:
        raise SystemExit('ordered: as_completed is not the one of CPython 3.13')
    found = {}
    exec(compile(text.replace(display, 'set([%s])' % display[1:-1]), tasks.__file__, 'exec'), tasks.__dict__, found)
    cls.__init__ = found['__init__']

    tasks._scheduled_tasks.data = OrderedSet()

    class Tasks:
        """The module tasks, as runners knows it."""

        def __getattr__(self, name):
            return getattr(tasks, name)

        @staticmethod
        def all_tasks(loop):
            return [t for t in tasks._scheduled_tasks if t.get_loop() is loop and not t.done()]

    runners.tasks = Tasks()

    loop_init = base_events.BaseEventLoop.__init__

    def __init__(self):
        loop_init(self)
        self._asyncgens.data = OrderedSet()

    base_events.BaseEventLoop.__init__ = __init__
