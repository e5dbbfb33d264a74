#!/usr/bin/env python3
"""The REPL in a pseudo-terminal: run.py AIO BUILD. Prints what failed, then `N passed, N failed`."""
import os
import signal
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from terminal import Terminal, Timeout  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CASES = []


def case(*args, **options):
    """A test: a function of a terminal in which aio has come to its first prompt."""
    def add(function):
        CASES.append((function, list(args), options))
        return function
    return add


def run_case(aio, entry):
    function, args, options = entry
    options = dict(options)
    command = [aio, '-q', *args]
    if 'shell' in options:  # one with job control
        command = ['sh', '-mc', options.pop('shell'), 'sh', *command]
    try:
        with Terminal(command, **options) as t:
            t.prompt()
            function(t)
    except (Timeout, AssertionError) as e:
        return '%s: %s\n%s' % (function.__name__, e, ''.join(traceback.format_tb(e.__traceback__)[-2:]))
    return None


# --- awaiting

@case()
def top_level_await(t):
    t.enter('import asyncio')
    t.enter('await asyncio.sleep(0.001, "slept")')
    t.shows("'slept'")
    t.block('async def count():\n    for i in range(3): yield i')
    t.enter('[i * 2 async for i in count()]')
    t.shows('[0, 2, 4]')
    t.block('async for i in count():\n    print("item", i)')
    t.shows('item 2')
    t.enter('lock = asyncio.Lock()')
    t.block('async with lock:\n    print(lock.locked())')
    t.shows('True')


@case()
def one_namespace_one_loop_one_context(t):
    t.enter('import asyncio, contextvars')
    t.enter('loop = asyncio.get_running_loop(); var = contextvars.ContextVar("var")')
    t.enter('token = var.set("first")')
    t.enter('await asyncio.sleep(0, var.get())')
    t.shows("'first'")
    t.enter('asyncio.get_running_loop() is loop')
    t.shows('True')
    t.block('async def change(): return var.set("second") and loop is asyncio.get_running_loop()')
    t.enter('await change(), var.get()')
    t.shows("(True, 'second')")


@case()
def results(t):
    t.enter('6 * 7')
    t.enter('_ + 1')
    t.shows('43')
    t.enter('None')
    t.enter('(_, _1, _2)')
    t.shows('(43, 42, 43)')
    t.enter('{i: "x" * 20 for i in range(5)}')
    t.shows("{0: 'xxxxxxxxxxxxxxxxxxxx',\n 1: 'xxxxxxxxxxxxxxxxxxxx',\n")


@case()
def errors_show_the_line(t):
    t.block('def f(x): return 1 / x')
    t.enter('f(0)')
    t.shows('  File "<input-2>", line 1, in <module>\n    f(0)\n')
    t.shows('ZeroDivisionError: division by zero')
    t.enter('x = )')
    t.shows('SyntaxError: unmatched')
    t.enter('import sys; type(sys.last_exc).__name__')
    t.shows("'SyntaxError'")


# --- tasks in the background

@case()
def output_goes_above_a_half_typed_line(t):
    t.enter('import asyncio')
    t.block('async def ticks():\n    for i in range(3): await asyncio.sleep(0.01); print("tick", i)')
    t.type('task = asyncio.create_task(ticks())\rhalf of a')
    t.shows('tick 2')
    t.prompt('half of a')
    assert t.screen.text().endswith('create_task(ticks())\ntick 0\ntick 1\ntick 2\n>>> half of a'), t.screen.text()
    t.type('\x15"whole"\r')
    t.shows("'whole'")


@case()
def output_without_a_newline_goes_on_in_its_row(t):
    t.enter('import asyncio')
    t.block('async def dots():\n    for i in range(5): await asyncio.sleep(0.01); print(".", end="", flush=True)')
    t.type('task = asyncio.create_task(dots())\rabc')
    t.shows('.....')
    t.prompt('abc')


@case()
def a_task_that_fails_is_reported(t):
    t.enter('import asyncio')
    t.block('async def fail():\n    await asyncio.sleep(0.01); raise ValueError("no luck")')
    t.type('task = asyncio.create_task(fail(), name="unlucky")\rhalf')
    t.shows("Task 'unlucky' failed:")
    t.shows('ValueError: no luck')
    t.prompt('half')
    t.type('\x15')
    t.enter('task.exception()')
    t.shows("ValueError('no luck')")
    # Who awaits it sees it there, and only there.
    t.block('try: await asyncio.create_task(fail(), name="awaited")\nexcept ValueError: "caught"')
    t.shows("'caught'")
    assert "'awaited' failed" not in t.screen.text()


@case()
def exceptions_that_end_programs_end_no_session(t):
    t.enter('import asyncio')
    t.block('async def stop(): raise SystemExit(5)')
    t.enter('task = asyncio.create_task(stop())')
    t.shows('SystemExit(5) in the background')
    t.enter('task.exception()')
    t.shows('\nSystemExit(5)\n')
    t.block('async def interrupt(): raise KeyboardInterrupt')
    t.enter('await interrupt()')
    t.shows('KeyboardInterrupt')
    t.enter('asyncio.get_running_loop().stop()')
    t.enter('asyncio.get_running_loop().set_debug(True)')
    t.enter('await asyncio.sleep(0, "still here")')
    t.shows('still here')
    t.type('await stop()\r')
    assert t.ends() == 5


@case()
def threads_run_while_the_prompt_waits(t):
    t.enter('import threading, time')
    t.block('def work():\n    for i in range(3): time.sleep(0.01); print("thread", i)')
    t.type('threading.Thread(target=work).start()\rhalf')
    t.shows('thread 2')
    t.prompt('half')


@case('--virtual-time')
def virtual_time(t):
    t.enter('import asyncio')
    t.enter('future = asyncio.get_running_loop().create_future()')
    t.block('async def wait(): print("result", await future)')
    t.enter('task = asyncio.create_task(wait())')
    t.enter('await asyncio.sleep(1000000, "slept")')
    t.shows("'slept'")
    t.enter('future.set_result(7)')
    t.shows('result 7')
    t.type('await asyncio.Event().wait()\r')
    t.shows('Event().wait()\n')
    t.type('\x03')
    t.shows('KeyboardInterrupt')
    t.prompt()
    assert 'deadlock' not in t.screen.text(), t.screen.text()


@case()
def a_busy_task_leaves_the_prompt_alive(t):
    t.enter('import asyncio')
    t.block('async def busy():\n    await asyncio.sleep(0)\n    while True: pass')
    t.type('task = asyncio.create_task(busy())\r')
    t.prompt()
    t.type('still here')
    t.prompt('still here')
    t.type('\x15asyncio.TaskG\t')
    t.prompt('asyncio.TaskGroup')
    t.type('(\t\t')
    t.shows('asyncio.TaskGroup()')
    t.type('\x15')
    t.prompt()
    t.type('\x04')
    t.shows('1 task is still running: Task-')
    t.type('n\r')
    t.prompt()
    t.type('"held up"\r')
    t.shows('>>> "held up"\n')
    t.press('\x03', 'in busy\n    while True: pass')
    t.prompt()
    t.enter('task.done()')
    t.shows('\nTrue')


# --- Ctrl-C and Ctrl-D

@case()
def interrupt_at_the_prompt_clears_the_line(t):
    t.type('never run')
    t.prompt('never run')
    t.type('\x03')
    t.prompt()
    t.enter('"fine"')
    t.shows("'fine'")


@case()
def interrupt_cancels_an_await(t):
    t.enter('import asyncio')
    t.block('async def wait():\n    try: print("begin"); await asyncio.sleep(1000)\n    finally: print("cancelled", "indeed")')
    t.type('await wait()\r')
    t.shows('\nbegin')
    t.type('\x03')
    t.shows('cancelled indeed')
    t.shows('KeyboardInterrupt')
    t.prompt()


@case()
def interrupt_ends_a_busy_loop(t):
    t.begin('while print("wor" + "king") or True:\n    for i in range(10000): pass')
    t.shows('working\nworking')
    t.type('\x03')
    t.shows('KeyboardInterrupt')
    t.prompt()


@case()
def interrupt_ends_a_busy_coroutine(t):
    t.block('async def busy():\n    print("wor" + "king")\n    while True: pass')
    t.type('await busy()\r')
    t.shows('working')
    t.type('\x03')
    t.shows('KeyboardInterrupt')
    t.prompt()


@case()
def interrupt_ends_a_blocking_call(t):
    t.enter('import time')
    t.type('print("sleep" + "ing"); time.sleep(1000)\r')
    t.shows('sleeping')
    t.type('\x03')
    t.shows('KeyboardInterrupt')
    t.prompt()


@case()
def a_second_interrupt_brings_the_prompt_back(t):
    t.enter('import asyncio')
    t.block('async def stubborn():\n    while True:\n        try: print("go on"); await asyncio.sleep(1000)\n'
            '        except asyncio.CancelledError: pass')
    t.type('await stubborn()\r')
    t.shows('\ngo on')
    t.type('\x03')
    t.shows('go on\n^Cgo on')
    t.type('\x03')
    t.shows('goes on in the background')
    t.prompt()


@case()
def a_second_interrupt_ends_what_swallows_the_first(t):
    t.begin('while True:\n    try:\n        print("be" + "gin")\n        while True: pass\n'
            '    except BaseException: print("swal" + "lowed")')
    t.shows('begin')
    t.type('\x03')
    t.shows('swallowed')
    t.type('\x03')
    t.prompt()


@case()
def end_of_input_ends_the_session(t):
    t.type('\x04')
    assert t.ends() == 0


@case()
def end_of_input_asks_while_tasks_run(t):
    t.enter('import asyncio')
    t.block('async def wait():\n    try: await asyncio.sleep(1000)\n    finally: print("cancelled", "in the end")')
    t.enter('task = asyncio.create_task(wait(), name="waiter")')
    t.type('\x04')
    t.shows('1 task is still running: waiter')
    t.shows('[y/N]')
    t.type('n\r')
    t.prompt()
    t.enter('task.done()')
    t.shows('False')
    t.type('\x04')
    t.until(lambda: t.screen.text().count('[y/N]') == 2, 'the question again')
    t.type('y\r')
    assert t.ends() == 0
    assert 'cancelled in the end' in t.screen.text(), t.screen.text()


# --- several lines

@case()
def lines_are_indented(t):
    t.type('def f(x):\r')
    t.until(lambda: t.screen.text().endswith('\n...') and t.screen.column == 8, 'the indentation')
    t.type('if x:\r')
    t.until(lambda: t.screen.text().endswith('\n...') and t.screen.column == 12, 'more of it')
    t.type('return 1\r')
    t.until(lambda: t.screen.text().endswith('\n...') and t.screen.column == 8, 'less of it')
    t.type('return 2\r')
    t.until(lambda: t.screen.text().endswith('\n...') and t.screen.column == 4, 'none')
    t.type('\r')
    t.prompt()
    t.enter('f(1), f(0)')
    t.shows('(1, 2)')


@case()
def the_parser_decides_what_is_whole(t):
    t.line('(1 +')
    t.type('\x152)\r')
    t.shows('\n3\n')
    t.line("text = \"\"\"one")
    t.type('\x15two\"\"\"\r')
    t.prompt()
    t.enter('text')
    t.shows("'one\\ntwo'")
    t.line('@staticmethod')
    t.go_on('def f(): pass')
    t.line('x = 1 + \\')
    t.type('\x155\r')
    t.prompt()
    t.enter('x')
    t.shows('\n6\n')


PASTED = """\
import asyncio

class Counter:
    def __init__(self):
        self.n = 0

    async def up(self):
        await asyncio.sleep(0)
        self.n += 1

counter = Counter()
for i in range(3):
    await counter.up()
counter.n, "pasted"
"""


@case()
def a_script_is_pasted_whole(t):
    t.type('\x1b[200~' + PASTED + '\x1b[201~')
    t.shows('counter.n, "pasted"')
    t.type('\r')
    t.shows("\n(3, 'pasted')\n")
    t.prompt()
    assert 'Error' not in t.screen.text(), t.screen.text()
    t.type('\x1b[A')  # it comes back as one block
    t.until(lambda: t.screen.text().count('... counter.n, "pasted"') == 2, 'the whole script again')
    t.type('\r')
    t.until(lambda: t.screen.text().count("\n(3, 'pasted')\n") == 2, 'its result again')
    t.prompt()


@case()
def lines_above_can_be_edited(t):
    t.line('for i in range(2):')
    t.line('    print("old", i)')
    t.type('\x1b[A\x05' + '\x7f' * 9 + '"new", i)')
    t.shows('print("new", i)')
    t.type('\x1b[B\r')
    t.shows('new 1')
    t.prompt()


# --- history

@case()
def history_stays_for_later_sessions(t):
    t.block('def first():\n    return "of an earlier session"')
    t.enter('second = r"a\\nb"')
    t.type('\x04')
    assert t.ends() == 0
    path = os.path.join(t.home, '.local', 'state', 'aio', 'history')
    assert os.stat(path).st_mode & 0o777 == 0o600
    with Terminal([t.command[0], '-q'], home=t.home) as later:
        later.prompt()
        later.type('\x1b[A')
        later.prompt('second = r"a\\nb"')
        later.type('\x1b[A')
        later.shows('>>> def first():\n...     return "of an earlier session"')
        later.type('\r')
        later.until(lambda: later.screen.line() == '...', 'another line')
        later.type('\r')
        later.prompt()
        later.enter('first()')
        later.shows("'of an earlier session'")
        later.type('def\x12')  # Ctrl-R
        later.shows('return "of an earlier session"')
        later.type('\x07\x03')
        later.prompt()


@case(env={'XDG_STATE_HOME': '/dev/null/nowhere'})
def history_may_have_no_place(t):
    t.enter('6 * 7')
    t.shows('42')
    t.type('\x1b[A')
    t.prompt('6 * 7')


# --- completion

def completes(t, typed, wanted):
    t.prompt()
    t.type(typed + '\t')
    t.prompt(wanted)
    t.type('\x15')


@case()
def completion(t):
    with open(os.path.join(t.home, 'a_data_file.txt'), 'w') as f:
        f.write('data')
    t.enter('import asyncio')
    t.enter('config = {"alpha": 1, "beta key": {"gamma": [10]}}; unusual_name = 3')
    completes(t, 'unus', 'unusual_name')
    completes(t, 'asyncio.TaskG', 'asyncio.TaskGroup')
    completes(t, 'import conte', 'import context')
    completes(t, 'import contextl', 'import contextlib')
    completes(t, 'from asyncio import gath', 'from asyncio import gather')
    completes(t, 'config["al', 'config["alpha"')
    completes(t, "config['bet", "config['beta key'")
    completes(t, 'config["beta key"]["ga', 'config["beta key"]["gamma"')
    completes(t, 'open("a_da', 'open("a_data_file.txt')
    completes(t, 'contin', 'continue')
    completes(t, '"text".capit', '"text".capitalize')
    completes(t, '[unusual_name.bit_l', '[unusual_name.bit_length')
    completes(t, 'print(1, flu', 'print(1, flush=')
    completes(t, '%tas', '%tasks')
    completes(t, '# unus', '# unus')


@case()
def completion_runs_nothing(t):
    t.block('class Trap:\n    plain = 1\n    @property\n    def sprung(self): print("SIDE " + "EFFECT"); return self\n'
            '    def __getattr__(self, name): print("SIDE " + "EFFECT"); return 1\n'
            '    def __dir__(self): print("SIDE " + "EFFECT"); return ["planted"]\n'
            '    def __repr__(self): print("SIDE " + "EFFECT"); return ""')
    t.enter('trap = Trap(); trap.own_name = {}')
    completes(t, 'trap.own', 'trap.own_name')
    completes(t, 'trap.sprung.pl', 'trap.sprung.pl')
    completes(t, 'trap.plan', 'trap.plan')
    completes(t, 'trap.spr', 'trap.sprung')
    assert 'SIDE EFFECT' not in t.screen.text(), t.screen.text()


@case()
def a_second_tab_lists_and_hints(t):
    t.block('def combine(left: int, *, right=2, mode="fast"): pass')
    t.enter('leftover = lefthand = 0')
    t.type('combine(left\t')
    t.prompt('combine(left')
    t.type('\t')
    t.shows('combine(left: int, *, right=2, mode=\'fast\')')
    t.shows('left=')
    t.shows('lefthand')
    t.prompt('combine(left')
    t.type('\x15')
    completes(t, 'combine(1, ri', 'combine(1, right=')


@case()
def tab_indents_where_nothing_stands(t):
    t.type('\t1')
    t.until(lambda: t.screen.line() == '>>>     1', 'the indentation')
    t.type('\x01\x7f\x05')
    t.type('\x15')
    t.line('if 1:')
    t.type('\x15\t"indented"\r\x15\r')
    t.shows("'indented'")


# --- terminals

@case(columns=20, rows=10)
def a_narrow_terminal(t):
    t.enter('"abc" * 10')
    t.shows("'abcabcabcabcabcabca\nbcabcabcabc'")
    t.enter('import asyncio')
    t.block('async def tick():\n    await asyncio.sleep(0.01)\n    print("a tick that is longer than the row")')
    t.type('task = asyncio.create_task(tick())\rand a typed line that is longer too')
    t.shows('a tick that is longe\nr than the row\n>>> and a typed line\n that is longer too')
    t.type('\x15"' + 'x' * 30 + '"\r')
    t.shows("'xxxxxxxxxxxxxxxxxxx\nxxxxxxxxxxx'")


@case()
def the_window_changes_its_size(t):
    t.enter('import asyncio')
    t.type('x' * 60)
    t.prompt('x' * 60)
    t.resize(40, 24)
    t.type('y')
    t.until(lambda: 'y' in t.screen.line(), 'the key after the change')
    t.type('\x15')
    t.type('_repl_columns = __import__("_terminal").columns()\r_repl_columns\r')
    t.shows('\n40\n')


@case()
def cyrillic_and_emoji(t):
    t.enter('привет = "мир 🐍"')
    t.enter('привет')
    t.shows("'мир 🐍'")
    t.type('"щука🐟"')
    t.prompt('"щука🐟"')
    t.type('\x02\x7f\x7fа')  # before the quote: the fish goes, and a letter
    t.prompt('"щука"')
    t.type('\x05\x15')
    completes(t, 'прив', 'привет')


@case(env={'LANG': 'C', 'LC_ALL': 'C'})
def cyrillic_without_a_locale(t):
    t.enter('"да"')
    t.shows("'да'")


@case()
def a_closed_terminal_ends_the_session(t):
    t.enter('import asyncio')
    t.enter('task = asyncio.ensure_future(asyncio.sleep(1000))')
    os.close(t.master)
    t.master = -1
    t.process.wait(60)


@case(env={'TERM': 'dumb'})
def a_dumb_terminal(t):
    t.enter('6 * 7')
    t.shows('42')
    assert '\x1b[3' not in t.raw


@case(env={'PYTHON_COLORS': '1', 'TERM': 'xterm-256color'})
def colours(t):
    t.enter('[1, "a"]')
    assert '\x1b[36m1\x1b[0m' in t.raw and "\x1b[32m'a'\x1b[0m" in t.raw, repr(t.raw)
    t.enter('import asyncio')
    t.block('async def tick():\n    # wait\n    await asyncio.sleep(0.01); print("tick")')
    for word in '\x1b[35masync', '\x1b[35mawait', '\x1b[36m0.01', '\x1b[32m"tick"', '\x1b[90m# wait':
        assert word in t.raw, (word, t.raw)
    assert t.screen.text().endswith('>>> async def tick():\n...     # wait\n...     await asyncio.sleep(0.01); print("tick")\n...\n>>>')
    t.type('task = asyncio.create_task(tick())\rif "щука🐟" + (')
    t.shows('\ntick\n>>> if "щука🐟" + (')
    t.type('\x01\x0b' + 'x' * 90 + '"')
    t.shows('x' * 76 + '\n' + 'x' * 14 + '"')


@case()
def no_colours(t):
    t.enter('[1, "a"]')
    assert '\x1b[36m' not in t.raw


@case(env={'INPUTRC': '/proc/self/cwd/.inputrc'}, files={'.inputrc': 'set editing-mode vi\n'})
def vi_mode(t):
    t.type('6 * 8\x1br')
    t.until(lambda: True, 'a key')
    t.type('7')
    t.type('\r')
    t.shows('42')
    t.prompt()


@case(shell='"$@"; echo "the shell is" back; fg')
def it_can_be_stopped_and_goes_on(t):
    t.type('half')
    t.prompt('half')
    t.type('\x1a')
    t.shows('the shell is back')
    t.prompt('half')
    t.type(' typed')
    t.prompt('half typed')


# --- commands

@case()
def help_shows_signatures_and_docstrings(t):
    t.block('async def work(n: int, *, fast=False):\n    "Works n times."')
    t.enter('work?')
    t.shows('async def work(n: int, *, fast=False)\n    Works n times.')
    t.enter('help(str.split)')
    t.shows('split(')
    t.enter('help')
    t.shows('%tasks')


@case()
def commands_for_tasks(t):
    t.enter('import asyncio')
    t.block('async def inner():\n    await asyncio.sleep(1000)')
    t.block('async def outer():\n    await asyncio.create_task(inner(), name="within")')
    t.enter('%bg outer()')
    t.shows('<Task pending')
    t.enter('_.set_name("around")')
    t.enter('%tasks')
    t.shows('around  waiting')
    t.shows('outer, line 2 of <input-3>')
    t.enter('%tree')
    t.shows('around  outer, line 2 of <input-3>\n    within  inner, line 2 of <input-2>')
    t.enter('%cancel around')
    t.enter('%tasks')
    t.shows('no tasks')
    t.enter('%bg asyncio.sleep(0.05, "result of it")')
    t.enter('%fg Task-2')
    t.shows("'result of it'")
    t.enter('%cancel nobody')
    t.shows("no task 'nobody'")


@case(files={'script.aio': 'loaded = 17\nprint("from the file")\n', 'editor': '#!/bin/sh\nsed -i s/old/new/ "$1"\n'},
      env={'EDITOR': 'sh ./editor'})
def commands_for_blocks(t):
    t.enter('%load script.aio')
    t.shows('from the file')
    t.enter('loaded')
    t.shows('17')
    t.enter('"old"')
    t.enter('%edit')
    t.shows("'new'")
    t.enter('%time 1 + 1')
    t.shows('in all')
    t.enter('broken()')
    t.enter('%save saved.py')
    t.enter('%who')
    t.shows('loaded  int')
    t.enter('%dis loaded + 1')
    t.shows('ADD')
    t.enter('%reset')
    t.enter('%who')
    t.shows('no names')
    with open(os.path.join(t.home, 'saved.py')) as f:
        saved = f.read()
    assert '"old"' in saved and 'broken' not in saved, saved


@case()
def sessions_in_the_documentation(t):
    sys.path.insert(0, os.path.join(TOP, 'docs'))
    import sessions
    for path in sessions.PAGES:
        with open(os.path.join(TOP, path), encoding='utf-8') as f:
            assert f.read() == sessions.filled(path, lambda name: sessions.record(t.command[0], name)), 'run ./dev docs'


# --- options

@case('-i', 'script.aio', files={'script.aio': 'x = 40\nprint("script")\nraise ValueError(x)\n'})
def a_prompt_after_the_script(t):
    t.shows('script')
    t.shows('ValueError: 40')
    t.enter('x + 2')
    t.shows('42')


@case()
def standard_input_need_not_be_a_terminal(t):
    typed = '1 + 1\nimport asyncio\nawait asyncio.sleep(0.001, "slept")\nif 1:\n    "in a block"\n\n1/0\nraise SystemExit(3)\n'
    p = subprocess.run([t.command[0], '-i', '-q'], input=typed, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, encoding='utf-8', cwd=t.home, timeout=60)
    assert p.stdout == "2\n'slept'\n'in a block'\n", p.stdout
    assert '... ' in p.stderr and 'ZeroDivisionError' in p.stderr, p.stderr
    assert p.returncode == 3
    p = subprocess.run([t.command[0], '-i', '-q'], input='6 * 7\nx = (1', stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       encoding='utf-8', cwd=t.home, timeout=60)
    assert p.stdout == '42\n' and p.returncode == 0 and "'(' was never closed" in p.stderr, (p.stdout, p.stderr)


@case()
def exit_has_a_status(t):
    t.type('raise SystemExit(7)\r')
    assert t.ends() == 7


@case()
def exit_as_a_word(t):
    t.type('exit\r')
    assert t.ends() == 0


def main():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    aio = os.path.abspath(sys.argv[1])
    wanted = sys.argv[3:]
    cases = [c for c in CASES if not wanted or any(w in c[0].__name__ for w in wanted)]
    with ThreadPoolExecutor(4) as pool:
        failures = [f for f in pool.map(lambda c: run_case(aio, c), cases) if f]
    for failure in failures:
        print('FAIL ' + failure)
    print('%d passed, %d failed' % (len(cases) - len(failures), len(failures)))
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
