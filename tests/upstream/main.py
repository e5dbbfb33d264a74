"""Runs tests of one of upstream's files in this process: main.py MODULE LIST. LIST is a file of "Class.method" lines; each
test that passes is told on standard output. Without LIST: all tests, shown as unittest does. The environment variable
UPSTREAM_TESTS names the folder of the files. Runs under CPython too.
"""

import os
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))
MODULES = ('multiprocessing', 'platform', 'selectors', 'socket', 'subprocess', 'tty')
# Parts of asyncio that are no part of its interface, or Windows's.
PARTS = {'proactor_events': (), 'selector_events': ('BaseSelectorEventLoop',)}


def stand_ins():
    """Modules that the files import but that the tests run here do not need: where the interpreter has none."""
    folder = os.path.join(HERE, 'standins')
    for name in MODULES:
        try:
            __import__(name)
        except ImportError:
            sys.path.append(folder)
            __import__(name)
            sys.path.remove(folder)
    import asyncio
    for name, classes in PARTS.items():
        try:
            __import__(f'asyncio.{name}')
        except ImportError:
            module = types.ModuleType(f'asyncio.{name}')
            for cls in classes:
                setattr(module, cls, asyncio.SelectorEventLoop)
            sys.modules[module.__name__] = module
            setattr(asyncio, name, module)


def run_listed(module, path):
    import unittest

    class Result(unittest.TextTestResult):
        def addSuccess(self, test):
            super().addSuccess(test)
            print('passed', test.id().split('.', 3)[3], flush=True)

    with open(path, encoding='utf-8') as f:
        names = [f'test.test_asyncio.{module}.{line.strip()}' for line in f if line.strip()]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    unittest.TextTestRunner(resultclass=Result, verbosity=2, warnings='default').run(suite)


if __name__ == '__main__':
    stand_ins()
    if len(sys.argv) == 3 and not sys.argv[2].startswith('-'):
        run_listed(*sys.argv[1:])
    else:
        import unittest
        unittest.main(module=None)
