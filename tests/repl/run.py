#!/usr/bin/env python3
"""The REPL in a pseudo-terminal: run.py AIO BUILD. Prints what failed, then `N passed, N failed`."""
import os
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from terminal import Terminal, Timeout  # noqa: E402

CASES = []


def case(*args, **options):
    """A test: a function of a terminal in which aio has come to its first prompt."""
    def add(function):
        CASES.append((function, list(args), options))
        return function
    return add


def run_case(aio, entry):
    function, args, options = entry
    try:
        with Terminal([aio, '-q', *args], **options) as t:
            t.prompt()
            function(t)
    except (Timeout, AssertionError) as e:
        return '%s: %s\n%s' % (function.__name__, e, ''.join(traceback.format_tb(e.__traceback__)[-2:]))
    return None


def line(t, text):
    """Types a line of a block in the place of the indentation that is there, and waits for the next one."""
    rows = len(t.screen.lines)
    t.type('\x15' + text + '\r')
    t.until(lambda: len(t.screen.lines) > rows and t.screen.line().startswith('...') and not t.pending(), 'more')


def begin(t, text):
    """Types a block; it runs, and the prompt is not waited for."""
    t.prompt()
    for part in text.split('\n'):
        line(t, part)
    rows = len(t.screen.lines)
    t.type('\x15\r')
    t.until(lambda: len(t.screen.lines) > rows, 'the end of the block')


def block(t, text):
    begin(t, text)
    t.prompt()


# --- awaiting

@case()
def top_level_await(t):
    t.enter('import asyncio')
    t.enter('await asyncio.sleep(0.001, "slept")')
    t.shows("'slept'")
    block(t, 'async def count():\n    for i in range(3): yield i')
    t.enter('[i * 2 async for i in count()]')
    t.shows('[0, 2, 4]')
    block(t, 'async for i in count():\n    print("item", i)')
    t.shows('item 2')
    t.enter('lock = asyncio.Lock()')
    block(t, 'async with lock:\n    print(lock.locked())')
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
    block(t, 'async def change(): return var.set("second") and loop is asyncio.get_running_loop()')
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
    block(t, 'def f(x): return 1 / x')
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
    block(t, 'async def ticks():\n    for i in range(3): await asyncio.sleep(0.01); print("tick", i)')
    t.type('task = asyncio.create_task(ticks())\rhalf of a')
    t.shows('tick 2')
    t.prompt('half of a')
    assert t.screen.text().endswith('create_task(ticks())\ntick 0\ntick 1\ntick 2\n>>> half of a'), t.screen.text()
    t.type('\x15"whole"\r')
    t.shows("'whole'")


@case()
def output_without_a_newline_goes_on_in_its_row(t):
    t.enter('import asyncio')
    block(t, 'async def dots():\n    for i in range(5): await asyncio.sleep(0.01); print(".", end="", flush=True)')
    t.type('task = asyncio.create_task(dots())\rabc')
    t.shows('.....')
    t.prompt('abc')


@case()
def a_task_that_fails_is_reported(t):
    t.enter('import asyncio')
    block(t, 'async def fail():\n    await asyncio.sleep(0.01); raise ValueError("no luck")')
    t.type('task = asyncio.create_task(fail(), name="unlucky")\rhalf')
    t.shows("Task 'unlucky' failed:")
    t.shows('ValueError: no luck')
    t.prompt('half')
    t.type('\x15')
    t.enter('task.exception()')
    t.shows("ValueError('no luck')")
    # Who awaits it sees it there, and only there.
    block(t, 'try: await asyncio.create_task(fail(), name="awaited")\nexcept ValueError: "caught"')
    t.shows("'caught'")
    assert "'awaited' failed" not in t.screen.text()


@case()
def a_busy_task_leaves_the_prompt_alive(t):
    t.enter('import asyncio')
    block(t, 'async def busy():\n    await asyncio.sleep(0)\n    while True: pass')
    t.type('task = asyncio.create_task(busy())\r')
    t.prompt()
    t.type('still here')
    t.prompt('still here')


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
    block(t, 'async def wait():\n    try: print("begin"); await asyncio.sleep(1000)\n    finally: print("cancelled", "indeed")')
    t.type('await wait()\r')
    t.shows('\nbegin')
    t.type('\x03')
    t.shows('cancelled indeed')
    t.shows('KeyboardInterrupt')
    t.prompt()


@case()
def interrupt_ends_a_busy_loop(t):
    begin(t, 'while print("wor" + "king") or True:\n    for i in range(10000): pass')
    t.shows('working\nworking')
    t.type('\x03')
    t.shows('KeyboardInterrupt')
    t.prompt()


@case()
def interrupt_ends_a_busy_coroutine(t):
    block(t, 'async def busy():\n    print("wor" + "king")\n    while True: pass')
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
    block(t, 'async def stubborn():\n    while True:\n        try: print("go on"); await asyncio.sleep(1000)\n'
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
    begin(t, 'while True:\n    try:\n        print("be" + "gin")\n        while True: pass\n'
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
    block(t, 'async def wait():\n    try: await asyncio.sleep(1000)\n    finally: print("cancelled", "in the end")')
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
