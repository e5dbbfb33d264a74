#!/usr/bin/env python3
"""Bad input, huge input, deep recursion, no memory: a clear error each time, never a crash.

usage: tests/limits/run.py AIO BUILD [PATTERN ...]
"""
import os
import resource
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cases import PATIENCE, expect, run_all  # noqa: E402

MANY = 100_000
REFUSED = r'^(SyntaxError|IndentationError|RecursionError|MemoryError|OverflowError): '
CASES = {}


def refused(name, source, err=REFUSED):
    """The source is refused with this message, and status 1."""
    def case(aio):
        yield from expect(aio.script(source), 1, '', err)
    CASES[name] = case


def runs_or_refused(name, source, out=None):
    """The source runs (and prints this), or is refused with a clear message."""
    def case(aio):
        got = aio.script(source)
        if got.status == 0:
            yield from expect(got, 0, out)
        else:
            yield from expect(got, 1, None, REFUSED)
    CASES[name] = case


# --- text that is not a script
refused('NUL byte', b'x = 1\nprint(x)\0\n', r'^SyntaxError: source code cannot contain null bytes')
refused('invalid UTF-8', b'x = "\xff\xfe"\n', r'^SyntaxError: .*utf-8|^SyntaxError: .*UTF-8')
refused('invalid UTF-8 in a comment', b'# \xc3\x28\n', r'^SyntaxError: ')
refused('overlong UTF-8', b'x = "\xc0\x80"\n', r'^SyntaxError: ')
refused('surrogate in UTF-8', b'x = "\xed\xa0\x80"\n', r'^SyntaxError: ')
refused('UTF-16', 'print(1)\n'.encode('utf-16'), r'^SyntaxError: ')
refused('an ELF file', open('/bin/true', 'rb').read(), r'^SyntaxError: ')
refused('random bytes', bytes((i * 7919 + i // 256) % 256 for i in range(20_000)), r'^SyntaxError: ')
refused('unterminated triple quote', '"""' + 'x\n' * MANY, r'^SyntaxError: unterminated triple-quoted string')
refused('unterminated bracket', '(' + '1,\n' * MANY, r"^SyntaxError: '\(' was never closed")
refused('unterminated f-string', 'f"{x', r'^SyntaxError: ')
runs_or_refused('empty', '', '')
runs_or_refused('only a byte-order mark', b'\xef\xbb\xbf', '')
runs_or_refused('no newline at the end', 'print(1)', '1\n')
runs_or_refused('CR LF', b'if 1:\r\n    print(1)\r\n', '1\n')
runs_or_refused('CR', b'if 1:\r    print(1)\r', '1\n')

# --- long and wide
runs_or_refused('100 MB comment', '#' + 'x' * 100_000_000 + '\nprint(1)\n', '1\n')
runs_or_refused('100 MB string', 'x = "' + 'x' * 100_000_000 + '"\nprint(len(x))\n', '100000000\n')
runs_or_refused('100 MB name', 'x' * 100_000_000 + ' = 1\n')
runs_or_refused('100 MB number', 'x = ' + '1' * 100_000_000 + '\n')
runs_or_refused('long string of spaces', ' ' * 10_000_000 + '\nprint(1)\n', '1\n')
runs_or_refused('sum of 100,000', 'print(' + '+'.join(['1'] * MANY) + ')\n', '%d\n' % MANY)
runs_or_refused('sum of 100,000 names', 'x = 1\nprint(' + '+'.join(['x'] * MANY) + ')\n', '%d\n' % MANY)
runs_or_refused('100,000 and', 'print(' + ' and '.join(['1'] * MANY) + ')\n', '1\n')
runs_or_refused('100,000 comparisons', 'print(' + ' <= '.join(['1'] * MANY) + ')\n', 'True\n')
runs_or_refused('100,000 items', 'print(len([' + '1,' * MANY + ']))\n', '%d\n' % MANY)
runs_or_refused('100,000 names in a display', 'x = 1\nprint(len([' + 'x,' * MANY + ']))\n', '%d\n' % MANY)
runs_or_refused('100,000 dict items', 'print(len({' + ''.join('%d:1,' % i for i in range(MANY)) + '}))\n', '%d\n' % MANY)
runs_or_refused('100,000 arguments', 'def f(*a): return len(a)\nprint(f(' + '1,' * MANY + '))\n', '%d\n' % MANY)
runs_or_refused('100,000 keywords', 'def f(**k): return len(k)\nprint(f(' + ''.join('a%d=1,' % i for i in range(MANY)) + '))\n',
                '%d\n' % MANY)
runs_or_refused('100,000 parameters', 'def f(' + ','.join('a%d' % i for i in range(MANY)) + '): pass\nprint(1)\n', '1\n')
runs_or_refused('100,000 targets', '='.join(['x'] * MANY) + '=1\nprint(x)\n', '1\n')
runs_or_refused('100,000 unpacked', ','.join(['x'] * MANY) + ' = range(%d)\nprint(x)\n' % MANY, '%d\n' % (MANY - 1))
runs_or_refused('100,000 locals', 'def f():\n' + ''.join('    a%d = %d\n' % (i, i) for i in range(MANY)) +
                '    return a%d\nprint(f())\n' % (MANY - 1), '%d\n' % (MANY - 1))
runs_or_refused('100,000 functions', ''.join('def f%d(): pass\n' % i for i in range(MANY)) + 'print(1)\n', '1\n')
runs_or_refused('100,000 statements', 'x = 0\n' + 'x += 1\n' * MANY + 'print(x)\n', '%d\n' % MANY)
runs_or_refused('100,000 on a line', 'x = 0\n' + 'x += 1;' * MANY + '\nprint(x)\n', '%d\n' % MANY)
runs_or_refused('100,000 elif', 'x = -1\nif x == 0: pass\n' + ''.join('elif x == %d: pass\n' % i for i in range(1, MANY)) +
                'else: print(1)\n', '1\n')
runs_or_refused('100,000 except', 'class E(Exception): pass\ntry: raise ValueError\n' + 'except E: pass\n' * MANY +
                'except ValueError: print(1)\n', '1\n')
runs_or_refused('100,000 strings side by side', 'print(len(' + '"ab" ' * MANY + '))\n', '%d\n' % (2 * MANY))
runs_or_refused('100,000 f-string fields', 'x = 1\nprint(len(f"' + '{x}' * MANY + '"))\n', '%d\n' % MANY)
runs_or_refused('100,000 joined lines', 'x = 1' + ' \\\n' * MANY + '\nprint(x)\n', '1\n')
runs_or_refused('100,000 global', 'def f():\n    global ' + ','.join('a%d' % i for i in range(MANY)) + '\nf()\nprint(1)\n', '1\n')
runs_or_refused('100,000 hexadecimal digits', 'x = 0x' + 'f' * MANY + '\nprint(x.bit_length())\n', '%d\n' % (4 * MANY))

# --- deep
for opening, closing in '()', '[]', '{}':
    refused('201 nested ' + opening, 'x = ' + opening * 201 + closing * 201 + '\n',
            r'^SyntaxError: too many nested parentheses')
    refused('100,000 nested ' + opening, opening * MANY, r'^SyntaxError: too many nested parentheses')
refused('101 nested blocks', ''.join(' ' * i + 'if 1:\n' for i in range(101)) + ' ' * 101 + 'pass\n',
        r'^(IndentationError: too many levels of indentation|SyntaxError: too many statically nested blocks)')
refused('nested f-strings', 'x = ' + 'f"{' * 1000 + '1' + '}"' * 1000 + '\n')
runs_or_refused('100,000 not', 'print(' + 'not ' * MANY + '1)\n', 'True\n')
runs_or_refused('100,000 minus', 'print(' + '-' * MANY + '1)\n', '1\n')
runs_or_refused('100,000 await', 'async def f():\n    ' + 'await ' * MANY + 'x\n')
runs_or_refused('100,000 dots', 'class C: pass\na = C()\na.a = a\nprint(a is a' + '.a' * MANY + ')\n', 'True\n')
runs_or_refused('100,000 calls', 'def f(): return f\nprint(f is f' + '()' * MANY + ')\n', 'True\n')
runs_or_refused('100,000 subscripts', 'a = []\na.append(a)\nprint(a is a' + '[0]' * MANY + ')\n', 'True\n')
runs_or_refused('100,000 decorators', 'def d(f): return f\n' + '@d\n' * MANY + 'def g(): return 1\nprint(g())\n', '1\n')
runs_or_refused('100,000 lambda', 'f = ' + 'lambda: ' * MANY + '1\n')
runs_or_refused('100,000 powers', 'print(' + '**'.join(['1'] * MANY) + ')\n', '1\n')
runs_or_refused('100,000 if else', 'print(' + '0 if 0 else ' * MANY + '1)\n', '1\n')
runs_or_refused('100,000 for in a comprehension', 'x = [1' + ' for a in (1,)' * MANY + ']\n')
refused('100,000 dotted import', 'import ' + '.'.join(['a'] * MANY) + '\n', r'^ModuleNotFoundError: ')
runs_or_refused('150 nested walrus', 'def f():\n    return (' + '(x := ' * 150 + '1' + ')' * 150 + ')\nprint(f())\n', '1\n')
runs_or_refused('100,000 stars', 'print(' + '*' * MANY + '1)\n')
runs_or_refused('sum of 100,000 in eval', 'print(eval("+".join(["1"] * 100000)))\n', '%d\n' % MANY)

# --- recursion through every kind of frame, at CPython's limit and far beyond what a C stack holds
RECURSIONS = {
    'function': 'def f(): return f()\n',
    'method': 'class C:\n    def m(self): return self.m()\ndef f(): C().m()\n',
    'sort key': 'def key(x): return sorted([1, 2], key=key)\ndef f(): key(0)\n',
    'map': 'def g(x): return list(map(g, [x]))\ndef f(): g(0)\n',
    '__init__': 'class C:\n    def __init__(self): C()\ndef f(): C()\n',
    '__getattr__': 'class C:\n    def __getattr__(self, name): return getattr(self, name + "x")\ndef f(): C().a\n',
    '__getattr__, plain': 'class C:\n    def __getattr__(self, name): return self.b\ndef f(): C().a\n',
    'property': 'class C:\n    @property\n    def p(self): return self.p\ndef f(): C().p\n',
    '__repr__': 'class C:\n    def __repr__(self): return repr([self])\ndef f(): repr(C())\n',
    '__str__ by f-string': 'class C:\n    def __str__(self): return f"{self}"\ndef f(): str(C())\n',
    '__eq__': 'class C:\n    def __eq__(self, o): return [self] == [C()]\ndef f(): C() == C()\n',
    '__hash__': 'class C:\n    def __hash__(self): return hash((self,))\ndef f(): hash(C())\n',
    '__add__': 'class C:\n    def __add__(self, o): return self + o\ndef f(): C() + 1\n',
    '__call__': 'class C:\n    def __call__(self): return self()\ndef f(): C()()\n',
    '__iter__': 'class C:\n    def __iter__(self): return iter(list(self))\ndef f(): list(C())\n',
    '__contains__': 'class C:\n    def __contains__(self, x): return x in self\ndef f(): 1 in C()\n',
    '__len__': 'class C:\n    def __len__(self): return len(self)\ndef f(): len(C())\n',
    '__bool__': 'class C:\n    def __bool__(self): return not self\ndef f(): not C()\n',
    '__getitem__': 'class C:\n    def __getitem__(self, k): return self[k]\ndef f(): C()[1]\n',
    '__format__': 'class C:\n    def __format__(self, s): return format(self, s)\ndef f(): format(C(), "")\n',
    '__enter__': 'class C:\n    def __enter__(self):\n        with self: pass\n    def __exit__(self, *a): pass\ndef f(): C().__enter__()\n',
    '__new__': 'class C:\n    def __new__(cls): return C()\ndef f(): C()\n',
    '__instancecheck__': 'class M(type):\n    def __instancecheck__(cls, x): return isinstance(x, C)\n'
                         'class C(metaclass=M): pass\ndef f(): isinstance(1, C)\n',
    'metaclass __call__': 'class M(type):\n    def __call__(cls): return cls()\nclass C(metaclass=M): pass\ndef f(): C()\n',
    'generator': 'def g():\n    yield from g()\ndef f(): list(g())\n',
    'generator by next': 'def g():\n    yield next(g())\ndef f(): next(g())\n',
    'generator by send': 'def g():\n    yield g().send(None)\ndef f(): g().send(None)\n',
    'generator by throw': 'def g():\n    try: yield\n    except ValueError:\n        h = g(); next(h); h.throw(ValueError)\n'
                          'def f():\n    h = g(); next(h); h.throw(ValueError)\n',
    'comprehension': 'def g(): return [g() for _ in (1,)]\ndef f(): g()\n',
    'coroutine': 'async def g(): await g()\ndef f(): g().send(None)\n',
    'coroutine by send': 'async def g(): g().send(None)\ndef f(): g().send(None)\n',
    'async generator': 'async def g():\n    async for x in g(): yield x\nasync def h():\n    async for x in g(): pass\n'
                       'def f(): h().send(None)\n',
    'asyncio.run': 'import asyncio\nasync def g():\n    await g()\ndef f(): asyncio.run(g())\n',
    'super': 'class A:\n    def m(self): return self.m()\nclass B(A):\n    def m(self): return super().m()\ndef f(): B().m()\n',
    'lambda and apply': 'g = lambda h: h(h)\ndef f(): g(g)\n',
    'partial': 'import functools\ndef g(*a): return functools.partial(g, *a)()\ndef f(): g()\n',
    'lru_cache': 'import functools\n@functools.lru_cache(None)\ndef g(n): return g(n + 1)\ndef f(): g(0)\n',
    'reduce': 'import functools\ndef g(a, b): return functools.reduce(g, [a, b])\ndef f(): g(1, 2)\n',
    'min key': 'def g(x): return min([x, 1], key=g)\ndef f(): g(1)\n',
    'sum of __radd__': 'class C:\n    def __radd__(self, o): return sum([self])\ndef f(): sum([C()])\n',
    'eval': 'def f(): eval("f()")\n',
    'exec': 'def f(): exec("f()")\n',
    'contextmanager': 'import contextlib\n@contextlib.contextmanager\ndef c():\n    with c(): yield\ndef f():\n    with c(): pass\n',
    'decorated': 'def d(g):\n    def w(*a, **k): return g(*a, **k)\n    return w\n@d\ndef g(*a, **k): return g(*a, **k)\ndef f(): g(1, b=2)\n',
    'except': 'def g():\n    try: raise ValueError\n    except ValueError: g()\ndef f(): g()\n',
    'finally': 'def g():\n    try: return g()\n    finally: pass\ndef f(): g()\n',
    '__set_name__': 'class D:\n    def __set_name__(self, o, n): make()\ndef make():\n    class C: d = D()\ndef f(): make()\n',
    '__init_subclass__': 'class B:\n    def __init_subclass__(cls):\n        class C(B): pass\ndef f():\n    class C(B): pass\n',
    '__missing__': 'class D(dict):\n    def __missing__(self, k): return self[k + 1]\ndef f(): D()[0]\n',
    '__index__': 'class C:\n    def __index__(self): return [1][self]\ndef f(): [1][C()]\n',
    '__await__': 'class C:\n    def __await__(self): return C().__await__()\nasync def g(): await C()\ndef f(): g().send(None)\n',
}


def recursion(name, source):
    def at_the_limit(aio):
        text = source + ('try:\n    f()\n    print("returned")\nexcept RecursionError as e:\n    print("RecursionError")\n'
                         'print(len([f"{i}" for i in range(3)]))\n')
        yield from expect(aio.script(text), 0, 'RecursionError\n3\n')

    def far_beyond(aio):
        text = ('import sys\nsys.setrecursionlimit(50000)\n' + source +
                'try:\n    f()\nexcept (RecursionError, MemoryError):\n    pass\nprint("alive")\n')
        yield from expect(aio.script(text, seconds=60 * PATIENCE), 0, 'alive\n')
    CASES['recursion: ' + name] = at_the_limit
    CASES['deep recursion: ' + name] = far_beyond


for _name, _source in RECURSIONS.items():
    recursion(_name, _source)

runs_or_refused('deep list', 'x = []\nfor i in range(1000000): x = [x]\ndel x\nprint(1)\n', '1\n')
runs_or_refused('deep list repr', 'x = []\nfor i in range(100000): x = [x]\ntry: repr(x)\nexcept RecursionError: print(1)\n', '1\n')
runs_or_refused('deep list compare', 'x, y = [], []\nfor i in range(100000): x, y = [x], [y]\n'
                'try: x == y\nexcept RecursionError: print(1)\n', '1\n')
runs_or_refused('deep tuple hash', 'x = ()\nfor i in range(100000): x = (x,)\n'
                'try: hash(x)\nexcept RecursionError: pass\nprint(1)\n', '1\n')
runs_or_refused('deep instances', 'class C: pass\nx = None\nfor i in range(1000000):\n    c = C(); c.x = x; x = c\ndel x, c\nprint(1)\n', '1\n')
runs_or_refused('deep generators', 'def g(h):\n    yield from h\nx = iter(())\nfor i in range(100000): x = g(x)\n'
                'try: list(x)\nexcept RecursionError: pass\ndel x\nprint(1)\n', '1\n')
runs_or_refused('deep map', 'x = [1]\nfor i in range(100000): x = map(abs, x)\n'
                'try: list(x)\nexcept RecursionError: pass\ndel x\nprint(1)\n', '1\n')
runs_or_refused('deep closures', 'f = lambda: 0\nfor i in range(1000000): f = (lambda g: lambda: g)(f)\ndel f\nprint(1)\n', '1\n')
runs_or_refused('deep __context__', 'e = None\nfor i in range(3000):\n    try:\n        try:\n            if e: raise e\n'
                '        finally: raise ValueError(i)\n    except ValueError as x: e = x\ndel e\nprint(1)\n', '1\n')


# --- no memory
def no_memory(name, source, out='MemoryError\n'):
    def case(aio):
        text = 'try:\n    %s\nexcept (MemoryError, OverflowError) as e:\n    print("MemoryError")\n' % source
        yield from expect(aio.script(text), 0, out)
    CASES['no memory: ' + name] = case


no_memory('str * n', 'x = "a" * (1 << 60)')
no_memory('bytes * n', 'x = b"a" * (1 << 60)')
no_memory('list * n', 'x = [0] * (1 << 60)')
no_memory('tuple * n', 'x = (0,) * (1 << 60)')
no_memory('n * list', 'x = (1 << 62) * [1, 2, 3]')
no_memory('shift', 'x = 1 << (1 << 60)')
no_memory('power', 'x = 10 ** (10 ** 18)')
no_memory('list(range)', 'x = list(range(1 << 60))')
no_memory('bytes(n)', 'x = bytes(1 << 60)')
no_memory('ljust', 'x = "a".ljust(1 << 60)')
no_memory('format width', 'x = f"{1:>{1 << 60}}"')
no_memory('percent width', 'x = "%*d" % (1 << 60, 1)')
no_memory('replace', 'x = ("a" * 100000).replace("a", "b" * (1 << 40))')
no_memory('join', 'x = ("a" * (1 << 20)).join(["b"] * (1 << 24)) if False else "a" * (1 << 61)')


def limited(megabytes):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    return limit


def starve(name, source):
    """Under a limit on address space: MemoryError, and the script goes on."""
    def case(aio):
        if PATIENCE > 1:
            return  # a sanitizer needs its shadow
        text = 'def f():\n' + ''.join('    %s\n' % line for line in source.splitlines()) + \
            'try:\n    f()\nexcept MemoryError:\n    print("MemoryError")\nprint("goes on")\n'
        yield from expect(aio.script(text, preexec=limited(300)), 0, 'MemoryError\ngoes on\n')
    CASES['starved: ' + name] = case


starve('list', 'x = []\nwhile True: x.append(1.5)')
starve('strings', 'x = []\nwhile True: x.append("x" * 1000000)')
starve('dict', 'x = {}\nwhile True: x[len(x)] = x')
starve('set', 'x = set()\nwhile True: x.add(len(x))')
starve('string', 'x = "x"\nwhile True: x += x')
starve('int', 'x = 3\nwhile True: x = x << x.bit_length()')
starve('instances', 'class C: pass\nx = None\nwhile True:\n    c = C(); c.x = x; x = c')
starve('generators', 'def g(): yield\nx = []\nwhile True: x.append(g())')
starve('closures', 'x = []\nwhile True: x.append(lambda: x)')
starve('comprehension', '[[i] for i in range(10**12)]')
starve('sorted', 'sorted(range(10**12))')
starve('tasks', 'import asyncio\nasync def w(): await asyncio.sleep(1)\nasync def m():\n    x = []\n'
       '    while True: x.append(asyncio.create_task(w()))\nasyncio.run(m())')

if __name__ == '__main__':
    sys.exit(run_all(CASES))
