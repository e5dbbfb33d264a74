"""Running the interpreter in a process of its own."""

import collections
import os
import subprocess
import sys

_Result = collections.namedtuple('_Result', 'rc out err')


def _run(args, env):
    env = {**os.environ, **env} if not env.pop('__cleanenv', False) else dict(env)
    done = subprocess.run([sys.executable, *args], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return _Result(done.returncode, done.stdout, done.stderr)


def assert_python_ok(*args, **env):
    result = _run(args, env)
    if result.rc:
        raise AssertionError(f'Process return code is {result.rc}\nstdout: {result.out!r}\nstderr: {result.err!r}')
    return result


def assert_python_failure(*args, **env):
    result = _run(args, env)
    if not result.rc:
        raise AssertionError(f'Process return code is 0\nstdout: {result.out!r}\nstderr: {result.err!r}')
    return result
