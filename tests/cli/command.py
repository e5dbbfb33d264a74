"""The command line, what a script sees of it, and the bytes of scripts: as CPython 3.13 has it, where it has it."""
import os
import subprocess

from cases import SECONDS, environment, expect

CASES = {}


def case(function):
    CASES[function.__name__.replace('_', ' ')] = function
    return function


SHOW = 'import sys\nprint(sys.argv, sys.path[0], __name__, globals().get("__file__"))\n'


# --- where the script comes from, and what it sees of that
@case
def what_a_script_knows_of_its_place(aio):
    folder = os.path.realpath(aio.folder)
    os.mkdir(aio.path('sub'))
    aio.write('sub/show.py', SHOW)
    os.symlink('sub/show.py', aio.path('link.py'))
    os.mkdir(aio.path('pack'))
    aio.write('pack/__init__.py', '')
    aio.write('pack/__main__.py', SHOW)
    aio.write('pack/part.py', SHOW)
    for args, out in (
            (['sub/show.py', 'a'], "['sub/show.py', 'a'] %s/sub __main__ %s/sub/show.py\n"),
            (['./sub/show.py'], "['./sub/show.py'] %s/sub __main__ %s/./sub/show.py\n"),
            (['--', 'sub/show.py', '-c'], "['sub/show.py', '-c'] %s/sub __main__ %s/sub/show.py\n"),
            (['link.py'], "['link.py'] %s/sub __main__ %s/link.py\n"),
            (['pack'], "['pack'] %s/pack __main__ %s/pack/__main__.py\n"),
            (['-m', 'pack', 'a'], "['{0}/pack/__main__.py', 'a'] %s __main__ %s/pack/__main__.py\n"),
            (['-mpack.part', '-x'], "['{0}/pack/part.py', '-x'] %s __main__ %s/pack/part.py\n"),
            (['-c', SHOW, '-m'], "['-c', '-m']  __main__ None\n"),
            (['-c' + SHOW], "['-c']  __main__ None\n")):
        wanted = out.replace('{0}', folder)
        got = aio.run(*args)
        yield from expect(got, 0, wanted.replace('%s', folder), r'\A\Z')
    for args, first in ((['-'], '-'), ([], '')):
        yield from expect(aio.run(*args, stdin=SHOW.encode()), 0, "['%s']  __main__ <stdin>\n" % first, r'\A\Z')


@case
def a_shebang_line(aio):
    aio.write('script.aio', '#!%s\nimport sys\nprint("ran", sys.argv[1:])\n' % aio.binary)
    os.chmod(aio.path('script.aio'), 0o755)
    p = subprocess.run([aio.path('script.aio'), '-q'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
                       timeout=SECONDS)
    if (p.returncode, p.stdout, p.stderr) != (0, b"ran ['-q']\n", b''):
        yield repr(p)


@case
def what_cannot_be_run(aio):
    os.makedirs(aio.path('empty'))
    os.makedirs(aio.path('pack'))
    aio.write('pack/__init__.py', '')
    aio.write('plain.py', '')
    for args, status, err in (
            (['absent.py'], 2, r"^aio: can't open file '/.*/absent\.py': \[Errno 2\] No such file or directory$"),
            (['empty'], 1, r"^aio: can't find '__main__' module in '/.*/empty'$"),
            (['-m', 'absent'], 1, r'^aio: No module named absent$'),
            (['-m', 'pack'], 1, r"^aio: No module named pack\.__main__; 'pack' is a package and cannot be directly executed$"),
            (['-m', 'plain.part'], 1, r'^aio: No module named plain\.part$')):
        yield from expect(aio.run(*args), status, '', err)


@case
def letters_stand_together(aio):
    yield from expect(aio.run('-qcprint(1)'), 0, '1\n', r'\A\Z')
    yield from expect(aio.run('-qc', 'print(2)'), 0, '2\n', r'\A\Z')
    yield from expect(aio.run('-qx'), 2, '', r'unknown option -x')
    yield from expect(aio.run('-qm'), 2, '', r'-m wants a value')
    yield from expect(aio.run('-hq'), 0, None, r'\A\Z')


@case
def options_before_the_script_are_ours_and_those_behind_are_not(aio):
    aio.write('show.py', SHOW)
    got = aio.run('--seed', '3', '--virtual-time', '--hints', 'show.py', '--seed', 'x', '-q')
    yield from expect(got, 0, None, r'\A\Z')
    if not got.out.startswith("['show.py', '--seed', 'x', '-q']"):
        yield got.out


# --- the bytes of a script
BYTES = (
    (b'\xef\xbb\xbfprint("\xc3\xa9")\n', 'é\n', None),
    (b'# -*- coding: latin-1 -*-\nprint("\xe9")\n', 'é\n', None),
    (b'#!/usr/bin/env aio\n# vim: set fileencoding=iso-8859-15 :\nprint("\xa4")\n', '€\n', None),
    (b'# coding: cp1251\nprint("\xef\xf0\xe8")\n', 'при\n', None),
    (b'# coding=koi8-r\nprint("\xd0\xd2")\n', 'пр\n', None),
    (b'print(1)\r\nprint(2)\r\n', '1\n2\n', None),
    (b'print(1)\rprint(2)\r', '1\n2\n', None),
    (b'print("""a\r\nb""" == "a\\nb")', 'True\n', None),
    (b'\x0cprint(1)\n', '1\n', None),
    (b'# coding: nosuch\n', '', 'SyntaxError: encoding problem: nosuch\n'),
    (b'\xef\xbb\xbf# coding: latin-1\n', '', 'SyntaxError: encoding problem: iso-8859-1 with BOM\n'),
    (b'# coding: ascii\nprint("\xc3\xa9")\n', '', 'SyntaxError: encoding problem: ascii\n'),
    (b'x = 1\nprint("\xe9")\n', '', "SyntaxError: Non-UTF-8 code starting with '\\xe9' in file %s on line 2, but no encoding "
     'declared; see https://peps.python.org/pep-0263/ for details\n'),
    (b'\n\n# coding: latin-1\n# \xe9\n', '', "SyntaxError: Non-UTF-8 code starting with '\\xe9' in file %s on line 4, but no "
     'encoding declared; see https://peps.python.org/pep-0263/ for details\n'),
    (b'x = 1\n\x00\n', '', '  File "%s", line 2\nSyntaxError: source code cannot contain null bytes\n'),
)


@case
def the_bytes_of_a_script(aio):
    for content, out, err in BYTES:
        aio.write('script.py', content)
        for got, place in ((aio.run('script.py'), aio.path('script.py')), (aio.run('-', stdin=content), '<stdin>')):
            if b'\x00' in content and place == '<stdin>':
                continue
            yield from expect(got, 1 if err else 0, out)
            wanted = (err or '').replace('%s', place)
            if ''.join(line for line in got.err.splitlines(True) if line.strip()) != wanted:
                yield '%r: %r, not %r' % (content, got.err, wanted)


# --- aio compile
@case
def compiled_and_run(aio):
    aio.write('program.aio', 'import sys\n\ndef f(n):\n    return 1 / n\n\nprint(sys.argv, __name__, f(2))\nf(0)\n')
    yield from expect(aio.run('compile', 'program.aio', '-o', 'program.aioc'), 0, '', r'\A\Z')
    got, plain = aio.run('program.aioc', 'a'), aio.run('program.aio', 'a')
    yield from expect(got, 1, "['program.aioc', 'a'] __main__ 0.5\n", r'^ZeroDivisionError: division by zero')
    if got.err.replace('program.aioc', 'program.aio').replace(aio.folder + '/', '') != plain.err.replace(aio.folder + '/', ''):
        yield 'other tracebacks:\n%s\n%s' % (got.err, plain.err)
    for name, unit in (('other.aio', 'other.aioc'), ('plain.py', 'plain.aioc'), ('bare', 'bare.aioc')):
        yield from expect(aio.run('compile', aio.write(name, 'print(5)\n')), 0, '', r'\A\Z')
        yield from expect(aio.run(unit), 0, '5\n', r'\A\Z')
    yield from expect(aio.run('compile', '-o', 'first.aioc', 'other.aio'), 0, '', r'\A\Z')
    os.remove(aio.path('program.aio'))
    yield from expect(aio.run('program.aioc'), 1, None, r'^ZeroDivisionError: division by zero')


@case
def what_cannot_be_compiled(aio):
    aio.write('bad.aio', 'x = = 1\n')
    yield from expect(aio.run('compile', 'bad.aio', '-o', 'bad.aioc'), 1, '', r'^SyntaxError: invalid syntax')
    yield from expect(aio.run('compile', 'absent.aio', '-o', 'x.aioc'), 1, '', r"can't open file 'absent\.aio'")
    for args in ([], ['-o', 'x'], ['bad.aio', 'good.aio'], ['bad.aio', '-o'], ['bad.aio', '--optimise']):
        yield from expect(aio.run('compile', *args), 2, '', r'^usage: aio compile')
    yield from expect(aio.run('compile', '--help'), 0, 'usage: aio compile FILE [-o OUT]\n', r'\A\Z')
    aio.write('good.aio', 'print(1)\n')
    yield from expect(aio.run('compile', 'good.aio', '-o', 'no/such/folder.aioc'), 1, '', r"can't open file 'no/such")
    yield from expect(aio.run('compile', 'good.aio', '-o', 'good.aioc'), 0, '', r'\A\Z')
    with open(aio.path('good.aioc'), 'r+b') as f:
        f.seek(-3, os.SEEK_END)
        f.write(b'\xff')
    yield from expect(aio.run('good.aioc'), 1, '', r'the unit is damaged')
    if os.path.exists(aio.path('bad.aioc')):
        yield 'a program that is wrong left a unit'


# --- a terminal
def on_terminal(aio, *args, **env):
    """What the program writes to a standard error that is a terminal."""
    master, slave = os.openpty()
    p = subprocess.Popen([aio.binary, *args], cwd=aio.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=slave, env={**environment(), 'TERM': 'xterm', **env})
    os.close(slave)
    text = b''
    try:
        while chunk := os.read(master, 65536):
            text += chunk
    except OSError:
        pass  # the other end is closed
    os.close(master)
    p.wait(SECONDS)
    return text.decode().replace('\r\n', '\n')


@case
def colours_on_a_terminal(aio):
    for env, wanted in (({}, True), ({'TERM': 'dumb'}, False), ({'NO_COLOR': '1'}, False), ({'PYTHON_COLORS': '0'}, False),
                        ({'PYTHON_COLORS': '1', 'NO_COLOR': '1'}, True), ({'FORCE_COLOR': '1', 'TERM': 'dumb'}, True)):
        text = on_terminal(aio, '-c', '1 / 0', **env)
        if ('\033[1;35mZeroDivisionError\033[0m' in text) != wanted or 'ZeroDivisionError' not in text:
            yield '%s: %r' % (env, text)
    redirected = ('import sys, io\nsys.stderr = io.StringIO()\ntry: 1 / 0\nexcept Exception as e: sys.excepthook(type(e), e, None)\n'
                  'sys.__stderr__.write(repr("\\033" in sys.stderr.getvalue()))')
    if on_terminal(aio, '-c', redirected) != 'False':
        yield on_terminal(aio, '-c', redirected)


# --- who awaits whom, in tracebacks
CHAIN = '''import asyncio
async def leaf():
    return 1 / 0
async def fetch():
    await asyncio.create_task(leaf(), name="leaf")
async def awaits():
    await asyncio.create_task(fetch(), name="fetch")
async def gathers():
    await asyncio.gather(fetch())
async def groups():
    async with asyncio.TaskGroup() as group:
        group.create_task(leaf(), name="child")
async def main(kind):
    await asyncio.create_task(kind(), name="kind")
'''
IN_LEAF = "in task 'leaf', created at line 5, awaited by task '%s', created at line %d:"
CHAINS = {
    'awaits': ["in task 'kind', created at line 14, awaited by task 'Task-1', created at line 15:",
               "in task 'fetch', created at line 7, awaited by task 'kind', created at line 14:", IN_LEAF % ('fetch', 7)],
    'gathers': ["in task 'kind', created at line 14, awaited by task 'Task-1', created at line 15:",
                "in task 'Task-2', created at line 9, awaited by task 'kind', created at line 14:", IN_LEAF % ('Task-2', 9)],
    'groups': ["in task 'kind', created at line 14, awaited by task 'Task-1', created at line 15:",
               "in task 'child', created at line 12, awaited by task 'kind', created at line 14:"],
}


@case
def tracebacks_say_which_task_awaits_which(aio):
    for kind, wanted in CHAINS.items():
        aio.write('script.aio', CHAIN + 'asyncio.run(main(%s))\n' % kind)
        plain, hinted = aio.run('script.aio'), aio.run('--hints', 'script.aio')
        lines = hinted.err.splitlines()
        chain = [line.lstrip(' |') for line in lines if line.lstrip(' |').startswith('in task ')]
        if chain != wanted:
            yield '%s: %s' % (kind, hinted.err)
        if [line for line in lines if not line.lstrip(' |').startswith('in task ')] != plain.err.splitlines():
            yield '%s: more than chains\n%s\n%s' % (kind, plain.err, hinted.err)


@case
def only_reports_name_tasks(aio):
    got = aio.run('--hints', aio.write('script.aio', CHAIN + '''
import traceback, sys, io
async def caught():
    try:
        await awaits()
    except ZeroDivisionError as e:
        print("in task" in traceback.format_exc())
        sys.stderr = io.StringIO()
        sys.excepthook(type(e), e, None)
        print("in task" in sys.stderr.getvalue())
asyncio.run(caught())
'''))
    yield from expect(got, 0, 'False\nFalse\n', r'\A\Z')


# --- --trace
TRACED = '''import asyncio
async def child(n):
    await asyncio.sleep(n)
async def main():
    asyncio.get_running_loop().call_later(0.5, print, "later")
    await asyncio.gather(child(1), child(0))
loop = asyncio.new_event_loop()
loop.run_until_complete(main())
loop.close()
'''
TURNS = '''aio: turn 1 at 0.000000: 1 ready
  Task-1 begins in main, File "script.aio", line 4
    async def main():
aio: turn 2 at 0.000000: 2 ready
  Task-2 begins in child, File "script.aio", line 2
    async def child(n):
  Task-3 begins in child, File "script.aio", line 2
    async def child(n):
aio: turn 3 at 0.000000: 1 ready
  Task-3 goes on in child, File "script.aio", line 3
    await asyncio.sleep(n)
aio: waits for 0.500000 s
aio: turn 4 at 0.500000: 1 ready
  calls print()
aio: waits for 0.500000 s
aio: turn 5 at 1.000000: 1 ready
  Task-2 has slept in child, File "script.aio", line 3
    await asyncio.sleep(n)
aio: turn 6 at 1.000000: 1 ready
  Task-2 goes on in child, File "script.aio", line 3
    await asyncio.sleep(n)
aio: turn 7 at 1.000000: 1 ready
  a gather is told
aio: turn 8 at 1.000000: 1 ready
  Task-1 goes on in main, File "script.aio", line 6
    await asyncio.gather(child(1), child(0))
aio: turn 9 at 1.000000: 1 ready
  calls _run_until_complete_cb()
'''


@case
def the_turns_of_a_loop(aio):
    aio.write('script.aio', TRACED)
    got = aio.run('--virtual-time', '--trace=loop', 'script.aio')
    yield from expect(got, 0, 'later\n')
    if got.err.replace(aio.folder + '/', '') != TURNS:
        yield got.err
    yield from expect(aio.run('--trace', 'turns', 'script.aio'), 2, '', r"--trace wants loop or ops, not 'turns'")


@case
def every_instruction(aio):
    aio.write('script.aio', 'def f(a):\n    try:\n        return a / 0\n    except ZeroDivisionError:\n        return 5\nprint(f(1))\n')
    listed = [line[5:] for line in aio.run('--dump=bytecode', 'script.aio').out.splitlines()]
    got = aio.run('--trace=ops', 'script.aio')
    yield from expect(got, 0, '5\n')
    told = [line for line in got.err.splitlines() if not line.startswith('aio: ')]
    if not set(told) <= set(listed) or sum('RETURN' in line for line in told) != 1 or len(told) < 10:
        yield '%s\nof\n%s' % (got.err, '\n'.join(listed))
    places = [line.replace(aio.folder + '/', '') for line in got.err.splitlines() if line.startswith('aio: ')]
    wanted = ['<module>', 1, '<module>', 6, 'f', 3, 'f', 4, 'f', 5, '<module>', 6]
    if places != ['aio: %s, File "script.aio", line %d' % pair for pair in zip(wanted[::2], wanted[1::2])]:
        yield '\n'.join(places)
    both = aio.run('--trace=ops,loop', '--virtual-time', aio.write('script.aio', TRACED))
    yield from expect(both, 0, 'later\n', r'^aio: turn 9 at 1\.000000')
    yield from expect(both, 0, None, r'DELEGATE|GETAWAIT')


@case
def folders_of_the_environment(aio):
    os.makedirs(aio.path('here'))
    os.makedirs(aio.path('one'))
    os.makedirs(aio.path('two'))
    aio.write('one/first.py', 'print("one")\n')
    aio.write('two/first.py', 'print("two")\n')
    aio.write('two/second.py', 'print("second")\n')
    aio.write('here/main.py', 'import first, second, sys\nprint(len(sys.path), sys.path[1:])\n')
    env = dict(environment(), PYTHONPATH='%s:%s' % (aio.path('one'), aio.path('two')))
    p = subprocess.run([aio.binary, 'here/main.py'], cwd=aio.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       timeout=SECONDS)
    if p.stdout.decode() != 'one\nsecond\n3 %r\n' % [aio.path('one'), aio.path('two')]:
        yield p.stdout.decode()


@case
def what_is_no_text_is_escaped(aio):
    yield from expect(aio.run('-c', 'raise ValueError("\\udcff é")'), 1, '', r'^ValueError: \\udcff é$')
    yield from expect(aio.run('-c', 'import sys; sys.exit("\\ud800!")'), 1, '', r'^\\ud800!$')
