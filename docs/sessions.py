#!/usr/bin/env python3
"""Records the sessions that README.md and docs/repl.md show: types them at a prompt and writes down what the terminal shows.

usage: ./dev docs

In the pages stands `<!-- session NAME -->` before the block that this fills.
"""
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, 'tests', 'repl'))
from terminal import Terminal  # noqa: E402

PAGES = ('README.md', 'docs/repl.md')
PLACE = re.compile(r'(<!-- session (\w+) -->\n```pycon\n)(.*?)(```\n)', re.S)
FETCH = ('async def fetch(page, seconds):\n    await asyncio.sleep(seconds)\n    print(page, "has come")\n'
         '    return len(page)')


def live(t):
    """Tasks go on while one types."""
    t.enter('import asyncio')
    t.block(FETCH)
    t.enter('await fetch("index", 0.1)')
    t.prompt()
    t.type('tasks = [asyncio.create_task(fetch(p, 0.2), name=p) for p in ("news", "mail")]\r')
    t.prompt()
    t.type('sum([await t for')
    t.shows('mail has come')
    t.prompt('sum([await t for')
    t.type(' t in tasks])\r')
    t.prompt()
    t.block('async def crawl():\n    async with asyncio.TaskGroup() as group:\n'
            '        for page in "news", "mail": group.create_task(fetch(page, 3600), name=page)')
    t.enter('task = asyncio.create_task(crawl(), name="crawler")')
    t.enter('%tree')
    t.enter('%cancel crawler')
    t.enter('task.cancelled()')


def failing(t):
    """A task that fails says so at once."""
    t.enter('import asyncio')
    t.block('async def divide(a, b):\n    await asyncio.sleep(0.1)\n    return a / b')
    t.type('task = asyncio.create_task(divide(1, 0), name="divider")\r')
    t.shows('ZeroDivisionError: division by zero')
    t.prompt()
    t.block('try: await task\nexcept ZeroDivisionError as e: "once more: %s" % e')


def asking(t):
    """Signatures and documentation."""
    t.enter('import asyncio')
    t.enter('asyncio.wait_for?')
    t.block('def area(width: float, height: float = 1.0) -> float:\n    "The area of a rectangle."\n    return width * height')
    t.enter('area?')
    t.type('area(2, \t\t')
    t.shows('area(width: float, height: float = 1.0) -> float')
    t.type('height=\t')
    t.type('3)\r')
    t.shows('\n6')
    t.prompt()


def results(t):
    t.enter('6 * 7')
    t.enter('_ + 1')
    t.enter('_1, _2')
    t.enter('{city: len(city) * "#" for city in ("Amsterdam", "Berlin", "Copenhagen", "Dublin", "Edinburgh", "Florence")}')


def leaving(t):
    t.enter('import asyncio')
    t.enter('task = asyncio.create_task(asyncio.sleep(3600), name="an hour")')
    t.type('\x04')
    t.shows('[y/N]')
    t.type('y\r')
    t.ends()


SESSIONS = {f.__name__: f for f in (live, failing, asking, results, leaving)}


def record(aio, name):
    with Terminal([os.path.abspath(aio), '-q'], columns=96, rows=60) as t:
        t.prompt()
        SESSIONS[name](t)
        lines = t.screen.text().rstrip().split('\n')
    while lines and lines[-1] == '>>>':
        lines.pop()
    return '\n'.join(lines) + '\n'


def filled(path, recorded):
    """The text of a page with its sessions as they are recorded."""
    with open(os.path.join(TOP, path), encoding='utf-8') as f:
        return PLACE.sub(lambda m: m[1] + recorded(m[2]) + m[4], f.read())


def main():
    aio = sys.argv[1]
    for path in PAGES:
        text = filled(path, lambda name: record(aio, name))
        with open(os.path.join(TOP, path), 'w', encoding='utf-8') as f:
            f.write(text)


if __name__ == '__main__':
    main()
