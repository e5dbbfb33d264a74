#!/usr/bin/env python3
"""Makes tests.txt: runs the files with CPython 3.13 and upstream's own helpers, and lists the tests that pass.

usage: record.py   ($PYTHON313, else python3.13)
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = '/usr/lib/python3.11/test'
FILES = ('test_taskgroups', 'test_timeouts', 'test_waitfor', 'test_locks', 'test_queues', 'test_runners', 'test_futures',
         'test_futures2', 'test_tasks', 'test_threads', 'test_pep492', 'test_context', 'test_base_events', 'test_events')
# Of twins that differ in whether Task or Future is CPython's C or its Python class the C one is taken.
TWINS = {'test_futures': ('PyFutureTests', 'PyFutureDoneCallbackTests', 'PyFutureInheritanceTests'),
         'test_futures2': ('PyFutureTests',),
         'test_tasks': ('CTaskSubclass_PyFuture_Tests', 'PyTask_CFutureSubclass_Tests', 'CTask_PyFuture_Tests',
                        'PyTask_CFuture_Tests', 'PyTask_PyFuture_Tests', 'PyTask_PyFuture_SubclassTests',
                        'PyIntrospectionTests', 'PyCurrentLoopTests'),
         'test_events': ('TestPyGetEventLoop',)}
# Networks, transports and processes belong to other parts of asyncio.
ELSEWHERE = re.compile(r'sock|create_server|create_connection|datagram|getaddrinfo|getnameinfo|ipaddr|sendfile|\bssl\b|'
                       r'[Ss]ubprocess|connect_(read|write)_pipe|_pipe\(|[Pp]rotocol|[Tt]ransport|StreamReader|accept', re.I)
# Run by CPython in a process of its own: lists a module's tests, and then runs those whose source is not ELSEWHERE.
INNER = '''
import inspect, re, sys, unittest
module, path, twins, elsewhere = sys.argv[1:]
elsewhere = re.compile(elsewhere, re.I)
def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite): yield from flat(test)
        else: yield test
def wanted(test):
    cls = type(test)
    if cls.__name__ in twins.split(): return False
    source = inspect.getsource(inspect.unwrap(getattr(cls, test._testMethodName)))
    return not elsewhere.search(source) and not elsewhere.search(cls.__name__)
tests = [t for t in flat(unittest.defaultTestLoader.loadTestsFromName('test.test_asyncio.' + module)) if wanted(t)]
out = open(path, 'w')
class Result(unittest.TextTestResult):
    def addSuccess(self, test):
        super().addSuccess(test)
        print(test.id().split('.', 3)[3], file=out, flush=True)
unittest.TextTestRunner(resultclass=Result).run(unittest.TestSuite(tests))
'''


def main():
    python = os.environ.get('PYTHON313', 'python3.13')
    found = []
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(FOLDER, os.path.join(folder, 'test'))
        env = {**os.environ, 'PYTHONPATH': folder, 'PYTHONDONTWRITEBYTECODE': '1'}
        for file in FILES:
            path = os.path.join(folder, 'passed')
            open(path, 'w').close()
            try:
                subprocess.run([python, '-c', INNER, file, path, ' '.join(TWINS.get(file, ())), ELSEWHERE.pattern],
                               env=env, cwd=folder, timeout=600, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            except subprocess.TimeoutExpired:
                sys.exit(f'{file}: no end')
            with open(path, encoding='utf-8') as f:
                tests = f.read().split()
            print(f'{file}: {len(tests)}', flush=True)
            found.extend(f'{file} {test}\n' for test in tests)
    with open(os.path.join(HERE, 'tests.txt'), 'w', encoding='utf-8') as f:
        f.write('# Made by record.py: the tests that CPython 3.13 passes.\n')
        f.writelines(found)


if __name__ == '__main__':
    main()
