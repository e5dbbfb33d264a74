#!/usr/bin/env python3
"""The aio program from outside: options, exit statuses, signals, pipes. usage: tests/cli/run.py AIO BUILD [PATTERN ...]"""
import os
import re
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cases import PATIENCE, SECONDS, environment, expect, run_all  # noqa: E402
from command import CASES, case  # noqa: E402
import papers  # noqa: E402, F401


# --- where the script comes from
@case
def a_file_and_its_arguments(aio):
    yield from expect(aio.script('import sys\nprint(sys.argv)\n', '-x', 'a b', '--version'), 0,
                      "['script.aio', '-x', 'a b', '--version']\n", r'\A\Z')


@case
def code_on_the_command_line(aio):
    yield from expect(aio.run('-c', 'import sys; print(sys.argv)', 'a', '-c'), 0, "['-c', 'a', '-c']\n", r'\A\Z')


@case
def standard_input(aio):
    yield from expect(aio.run('-', 'a', stdin=b'import sys\nprint(sys.argv)\n'), 0, "['-', 'a']\n", r'\A\Z')


@case
def a_script_reads_what_its_standard_input_holds(aio):
    yield from expect(aio.script('print(input("? ")[::-1])\n', stdin=b'abc\n'), 0, '? cba\n')


@case
def no_such_file(aio):
    yield from expect(aio.run('absent.aio'), 2, '', r"can't open file '.*absent\.aio': \[Errno 2\] No such file or directory")


@case
def a_folder_instead_of_a_file(aio):
    os.mkdir(aio.path('folder'))
    yield from expect(aio.run('folder'), {1, 2}, '', r'folder')


@case
def an_unreadable_file(aio):
    aio.write('secret.aio', 'print(1)\n')
    os.chmod(aio.path('secret.aio'), 0)
    if os.getuid() != 0:
        yield from expect(aio.run('secret.aio'), 2, '', r'Permission denied')


@case
def an_empty_file(aio):
    yield from expect(aio.script(''), 0, '', r'\A\Z')


@case
def modules_beside_the_script(aio):
    aio.write('one.aio', 'print("one", __name__)\nx = 1\n')
    aio.write('two.py', 'import one\ny = one.x + 1\n')
    os.makedirs(aio.path('pack/sub'))
    aio.write('pack/__init__.aio', 'from . import part\nfrom .sub import deep\n')
    aio.write('pack/part.aio', 'from two import y\nz = y + 1\n')
    aio.write('pack/sub/__init__.aio', '')
    aio.write('pack/sub/deep.aio', 'from .. import part\nfrom ..part import z\nw = z + 1\n')
    yield from expect(aio.script('import two, pack.sub.deep\nprint(two.y, pack.part.z, pack.deep.w)\n'
                                 'try:\n    import absent\nexcept ModuleNotFoundError as e: print(e)\n'), 0,
                      "one one\n2 3 4\nNo module named 'absent'\n", r'\A\Z')
    os.mkdir(aio.path('elsewhere'))
    p = subprocess.run([aio.binary, '../script.aio'], cwd=aio.path('elsewhere'), stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, env=environment(), timeout=SECONDS)
    if p.returncode != 0:
        yield 'from another folder: ' + p.stderr.decode()


@case
def nothing_is_written_beside_the_script(aio):
    aio.write('one.py', 'x = 1\n')
    aio.script('import one\n')
    if sorted(os.listdir(aio.folder)) != ['one.py', 'script.aio']:
        yield str(os.listdir(aio.folder))


# --- options
@case
def version(aio):
    got = aio.run('--version')
    yield from expect(got, 0, None, r'\A\Z')
    if not got.out.startswith('aio ') or got.out.count('\n') != 1:
        yield repr(got.out)


@case
def help(aio):
    got = aio.run('--help')
    yield from expect(got, 0, None, r'\A\Z')
    for option in ('-c', '--version', '--virtual-time', '--seed', '--dump'):
        if option not in got.out:
            yield 'no ' + option


@case
def an_unknown_option(aio):
    yield from expect(aio.run('--no-such-option'), 2, '', r'no-such-option')


@case
def an_option_without_its_value(aio):
    for option in ('-c', '--seed'):
        yield from expect(aio.run(option), 2, '', r'.')
    yield from expect(aio.run('--seed', 'x', '-c', 'pass'), 2, '', r'seed')
    yield from expect(aio.run('--dump=nothing', '-c', 'pass'), 2, '', r'dump')


@case
def dumps_do_not_run_the_script(aio):
    for what, word in (('tokens', 'NAME'), ('ast', "Name"), ('bytecode', 'CALL')):
        got = aio.run('--dump=' + what, aio.write('d.aio', 'print("ran")\n'))
        yield from expect(got, 0, None, r'\A\Z')
        if got.out == 'ran\n' or word not in got.out:
            yield '%s: %s' % (what, got.out)
    yield from expect(aio.run('--dump=ast', aio.write('bad.aio', 'x = = 1\n')), 1, None, r'^SyntaxError: invalid syntax')


@case
def a_seed_makes_runs_equal(aio):
    script = 'import random\nprint(random.random(), random.randrange(1000), random.sample(range(50), 5))\n'
    aio.write('r.aio', script)
    first, second, other = (aio.run('--seed', n, 'r.aio').out for n in ('7', '7', '8'))
    if first != second or first == other or not first:
        yield repr((first, second, other))
    if aio.run('r.aio').out == aio.run('r.aio').out:
        yield 'without a seed two runs were equal'
    if aio.run('--virtual-time', 'r.aio').out != aio.run('--virtual-time', '--seed', '0', 'r.aio').out:
        yield 'the seed of virtual time is not 0'


@case
def virtual_time_is_instant(aio):
    start = time.monotonic()
    got = aio.run('--virtual-time', aio.write('s.aio', 'import asyncio, time\nstart = time.time()\n'
                                              'asyncio.run(asyncio.sleep(86400))\ntime.sleep(3600)\n'
                                              'print(start, time.time() - start, time.monotonic())\n'))
    yield from expect(got, 0, '1000000000.0 90000.0 90000.0\n', r'\A\Z')
    if time.monotonic() - start > 5 * PATIENCE:
        yield 'it took long'


@case
def a_deadlock_is_reported(aio):
    got = aio.run('--virtual-time', aio.write('dead.aio', 'import asyncio\n\nasync def lonely(event):\n'
                                              '    await event.wait()\n\nasync def main():\n'
                                              '    print("waiting", flush=True)\n'
                                              '    await asyncio.gather(lonely(asyncio.Event()))\n\nasyncio.run(main())\n'))
    yield from expect(got, 3, 'waiting\n', r'dead\.aio.*\b4\b')
    yield from expect(got, 3, None, r'dead\.aio.*\b8\b')
    yield from expect(got, 3, None, r'Task-2')


# --- exit statuses
@case
def exit_statuses(aio):
    for code, status, err in (('pass', 0, ''), ('import sys; sys.exit()', 0, ''), ('import sys; sys.exit(3)', 3, ''),
                              ('import sys; sys.exit("why")', 1, r'^why$'), ('raise SystemExit(4)', 4, ''),
                              ('import sys; sys.exit(256 + 5)', 5, ''), ('import sys; sys.exit(-1)', 255, ''),
                              ('import sys; sys.exit(None)', 0, ''), ('import sys; sys.exit([1])', 1, r'^\[1\]$'),
                              ('1 / 0', 1, r'^ZeroDivisionError: division by zero'), ('x = (', 1, r'^SyntaxError'),
                              ('import asyncio, sys\nasync def f(): sys.exit(6)\nasyncio.run(f())', 6, '')):
        for complaint in expect(aio.run('-c', code), status, '', err or r'\A\Z'):
            yield '%s: %s' % (code, complaint)


@case
def output_is_flushed_at_every_end(aio):
    for end, status in (('1 / 0', 1), ('import sys; sys.exit(2)', 2), ('raise KeyboardInterrupt', {130, -2}), ('pass', 0)):
        yield from expect(aio.run('-c', 'print("out")\n' + end), status, 'out\n')


# --- pipes and signals
def start(aio, script, **options):
    return subprocess.Popen([aio.binary, aio.write('script.aio', script)], cwd=aio.folder, env=environment(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


@case
def a_closed_pipe(aio):
    p = start(aio, 'while True:\n    print("x" * 1000)\n')
    p.stdout.read(5000)
    p.stdout.close()
    err = p.stderr.read().decode()
    status = p.wait(SECONDS)
    p.stderr.close()
    if status in (0, -11, -6, 99) or (err and 'BrokenPipeError' not in err):
        yield 'status %d, stderr %r' % (status, err)


@case
def a_full_device(aio):
    with open('/dev/full', 'w') as full:
        p = subprocess.run([aio.binary, '-c', 'print("x")'], stdout=full, stderr=subprocess.PIPE, timeout=SECONDS)
    if p.returncode == 0 or b'No space left' not in p.stderr:
        yield 'status %d, stderr %r' % (p.returncode, p.stderr)


@case
def no_standard_output(aio):
    p = subprocess.run(['/bin/sh', '-c', '"$0" -c "print(1)" >&-', aio.binary], stderr=subprocess.PIPE, timeout=SECONDS)
    if p.returncode < 0 or p.returncode == 99:
        yield 'status %d, stderr %r' % (p.returncode, p.stderr)


def interrupted(aio, script, out, err=None, signals=1):
    """Starts the script, waits for its first line, interrupts it."""
    p = start(aio, script)
    first = p.stdout.readline().decode()
    for _ in range(signals):
        time.sleep(0.1 * PATIENCE)
        p.send_signal(signal.SIGINT)
    rest, text = p.communicate(timeout=SECONDS)
    got = first + rest.decode()
    if p.returncode not in (-2, 130):
        yield 'status %d, stderr %r' % (p.returncode, text.decode()[-600:])
    if got != out:
        yield 'stdout %r, expected %r; stderr %r' % (got, out, text.decode()[-600:])
    if not text.decode().rstrip().endswith('KeyboardInterrupt'):
        yield 'stderr %r' % text.decode()[-600:]


@case
def ctrl_c_in_a_loop(aio):
    yield from interrupted(aio, 'print("on", flush=True)\ntry:\n    while True: pass\nfinally: print("end")\n', 'on\nend\n')


@case
def ctrl_c_in_a_sleep(aio):
    yield from interrupted(aio, 'import time\nprint("on", flush=True)\ntry: time.sleep(60)\nfinally: print("end")\n',
                           'on\nend\n')


@case
def ctrl_c_caught(aio):
    p = start(aio, 'import time\nprint("on", flush=True)\ntry: time.sleep(60)\nexcept KeyboardInterrupt: print("caught")\n')
    p.stdout.readline()
    time.sleep(0.1 * PATIENCE)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=SECONDS)
    if p.returncode != 0 or out != b'caught\n':
        yield 'status %d, stdout %r, stderr %r' % (p.returncode, out, err)


@case
def ctrl_c_cancels_the_main_task(aio):
    yield from interrupted(aio, '''import asyncio
async def child():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        print("child cancelled")
        raise
async def main():
    task = asyncio.create_task(child())
    print("on", flush=True)
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        print("main cancelled")
        await asyncio.sleep(0.01)
        print("main cleaned up")
        raise
asyncio.run(main())
''', 'on\nmain cancelled\nmain cleaned up\nchild cancelled\n')


@case
def ctrl_c_in_a_busy_task(aio):
    yield from interrupted(aio, '''import asyncio
async def main():
    print("on", flush=True)
    try:
        while True:
            await asyncio.sleep(0)
    finally:
        print("end")
asyncio.run(main())
''', 'on\nend\n')


@case
def ctrl_c_while_a_lock_is_waited_for(aio):
    yield from interrupted(aio, '''import threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
lock = threading.Lock()
lock.acquire()
print("on", flush=True)
try:
    lock.acquire()
finally:
    print("end")
''', 'on\nend\n')


@case
def ctrl_c_while_the_end_waits_for_a_thread(aio):
    p = start(aio, 'import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\nprint("on", flush=True)\n')
    p.stdout.readline()
    time.sleep(0.1 * PATIENCE)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=SECONDS)
    if p.returncode != 0 or b'KeyboardInterrupt' not in err:
        yield 'status %d, stderr %r' % (p.returncode, err)


TREE = '''import asyncio, time
async def busy():
    await asyncio.sleep(0.01)
    print("on", flush=True)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        pass
async def waits(task):
    await task
async def main():
    task = asyncio.create_task(busy(), name="busy")
    asyncio.create_task(asyncio.sleep(50), name="asleep")
    await asyncio.create_task(waits(task), name="waiter")
asyncio.run(main())
'''
TREE_SHOWN = '''aio: 4 tasks
  Task-1 waits for waiter in main, File "script.aio", line 13
    await asyncio.create_task(waits(task), name="waiter")
    waiter waits for busy in waits, File "script.aio", line 9
      await task
      busy is running now: busy, File "script.aio", line 6
        while time.monotonic() < end:
  asleep sleeps
'''


def tree_of(err):
    """With a loop's two lines made one, and the native coroutine's place left out."""
    text = re.sub(r'File "[^"]*/', 'File "', err)
    text = text.replace('line 7\n        pass', 'line 6\n        while time.monotonic() < end:')
    return re.sub(r'asleep sleeps in .*\n.*\n', 'asleep sleeps\n', text)


@case
def sigquit_shows_the_tasks(aio):
    p = start(aio, TREE)
    p.stdout.readline()
    p.send_signal(signal.SIGQUIT)
    time.sleep(0.3 * PATIENCE)
    p.kill()
    out, err = p.communicate(timeout=SECONDS)
    if not tree_of(err.decode()).startswith(TREE_SHOWN):
        yield 'stderr %s' % err.decode()


TOGETHER = '''import asyncio, os, signal
async def nap(seconds):
    await asyncio.sleep(seconds)
def look():
    os.kill(os.getpid(), signal.SIGQUIT)
async def main():
    loop = asyncio.get_running_loop()
    getter = asyncio.create_task(asyncio.Queue().get(), name="getter")
    async with asyncio.TaskGroup() as group:
        for name in ("one", "two"):
            group.create_task(nap(60), name=name)
        loop.call_later(1, look)
        loop.call_later(2, [t for t in asyncio.all_tasks() if t.get_name() == "one"][0].cancel)
        loop.call_later(2, [t for t in asyncio.all_tasks() if t.get_name() == "two"][0].cancel)
    loop.call_later(1, look)
    await asyncio.wait([asyncio.create_task(nap(2), name="three")])
asyncio.run(main())
'''


@case
def tasks_of_a_group_and_of_wait_stand_below_who_waits(aio):
    got = aio.run('--virtual-time', aio.write('script.aio', TOGETHER))
    shown = re.sub(r'aio: thread 1 is running now: look.*\n.*\n', '', got.err)  # where look() reaches a check point
    if re.sub(r'File "[^"]*/', 'File "', shown) != '''aio: 4 tasks
  Task-1 waits for one, two in main, File "script.aio", line 9
    async with asyncio.TaskGroup() as group:
    one sleeps in nap, File "script.aio", line 3
      await asyncio.sleep(seconds)
    two sleeps in nap, File "script.aio", line 3
      await asyncio.sleep(seconds)
  getter waits in Queue.get()
aio: 3 tasks
  Task-1 waits for three in main, File "script.aio", line 16
    await asyncio.wait([asyncio.create_task(nap(2), name="three")])
    three sleeps in nap, File "script.aio", line 3
      await asyncio.sleep(seconds)
  getter waits in Queue.get()
''':
        yield 'stderr %s' % got.err


@case
def the_watchdog_shows_a_callback_that_holds_the_loop(aio):
    script = TREE.replace('+ 60', '+ 0.4')
    got = aio.run('--watchdog', '0.1', aio.write('script.aio', script))
    yield from expect(got, 0, 'on\n')
    if tree_of(got.err) != 'aio: a callback has held the loop for 0.1 seconds\n' + TREE_SHOWN:
        yield 'stderr %s' % got.err
    yield from expect(aio.run('--watchdog', '20', aio.write('script.aio', script)), 0, 'on\n', r'\A\Z')
    yield from expect(aio.run('--watchdog', 'x', 'script.aio'), 2, '', 'wants a number of seconds')


MISTAKES = '''import asyncio, time
async def f(): pass
async def bad(): raise ValueError
async def main():
    c = f()
    del c
    t = asyncio.create_task(bad())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del t
    time.sleep(0.001)
    try:
        asyncio.run(f())
    except RuntimeError:
        pass
    t = asyncio.create_task(asyncio.sleep(50), name="forgotten")
asyncio.run(main())
'''


@case
def hints_after_the_classic_mistakes(aio):
    plain = aio.run(aio.write('script.aio', MISTAKES))
    if 'hint: ' in plain.err:
        yield 'hints without a terminal and --hints: %s' % plain.err
    got = aio.run('--hints', 'script.aio')
    hints = [re.sub(r'File "[^"]*/', 'File "', line) for line in got.err.splitlines() if line.startswith('hint: ')]
    wanted = [
        r'calling f\(\) only makes a coroutine: .*\(File "script\.aio", line 5\)', r'nobody waited for Task-2, .*line 7\)',
        r'time\.sleep\(\) stops all tasks .*line 11\)', r'an event loop is running already: write `await f\(\)`',
        r'calling f\(\) .*line 13\)', r'the program ended before .*: forgotten']
    if len(hints) != len(wanted) or not all(re.match('hint: ' + w, h) for w, h in zip(wanted, hints)):
        yield 'hints: %s' % hints
    if [line for line in got.err.splitlines() if not line.startswith('hint: ')] != plain.err.splitlines():
        yield 'more than hints: %s' % got.err


# Hints that take time to earn: each pair is a script's body of main() and the hint, or '' for none.
SLOW = [
    ('for i in range(4): await fetch(i)', r"each fetch\(\) begins only when .*asyncio\.gather.*line 5\)"),
    ('t = asyncio.create_task(fetch(9))\n    for i in range(2): await fetch(i)\n    await t', ''),
    ('await asyncio.gather(*[fetch(i) for i in range(5)])', ''),
    ('for i in range(9): await nothing()', ''),
    ('t = asyncio.create_task(busy(.6))\n    await t', r"Task-2 held the event loop for 0\.\d s .*to_thread.*line 5\)"),
    ('await busy(.01)', ''),
]


@case
def hints_that_take_time(aio):
    for body, wanted in SLOW:
        got = aio.run('--hints', aio.write('script.aio', '''import asyncio, time
async def fetch(i): await asyncio.sleep(.02)
async def nothing(): pass
async def main():
    %s
async def busy(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end: pass
asyncio.run(main())
''' % body))
        hints = [line for line in got.err.splitlines() if line.startswith('hint: ')]
        if got.status or len(hints) != bool(wanted) or wanted and not re.match('hint: ' + wanted, hints[0]):
            yield '%s: %d %s' % (body, got.status, got.err)


@case
def hints_in_russian(aio):
    env = dict(environment(), LC_ALL='ru_RU.UTF-8')
    p = subprocess.run([aio.binary, '--hints', aio.write('script.aio', MISTAKES)], cwd=aio.folder, env=env,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS)
    if p.stderr.decode().count('подсказка: ') != 6:
        yield p.stderr.decode()


@case
def a_second_ctrl_c(aio):
    yield from interrupted(aio, '''import asyncio
async def main():
    print("on", flush=True)
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        print("stubborn", flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
''', 'on\nstubborn\n', signals=2)


if __name__ == '__main__':
    sys.exit(run_all(CASES))
