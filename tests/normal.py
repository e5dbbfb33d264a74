"""What a script test may and may not show: shared by the recorder and the runner, so that both see the same text.

Not for hiding differences: everything here is either where the script lies on this disk, or a frame of CPython's
library that aio does not have.
"""
import ast
import os
import re
import shlex

ROOTS = ('tests/lang', 'tests/order', 'tests/asyncio', 'tests/regress', 'samples')
PLAIN_STEPS = ('import asyncio', 'from asyncio', 'import time', 'from time')
KEYS = {'run', 'python', 'record', 'args', 'stdin', 'env', 'seed', 'compare', 'timeout', 'deviates', 'sets'}

ADDRESS = re.compile(r'\b0x[0-9a-f]{6,16}\b')
LIBRARY = r'[^"\s]*/lib/python3\.\d+/'
FROM_LIBRARY = re.compile(r'(cannot import name .* from .*) \(' + LIBRARY + r'[^\s)]*\)')
CALLBACK_AT = re.compile(r'(?:, defined)? at ' + LIBRARY + r'[\w/]+\.py:\d+')
COLOUR = r'(?:\x1b\[\d+m)?'
FRAME = re.compile(r'^(?P<lead>(?:\s*\| )?\s*)File ' + COLOUR + r'"(?P<path>[^"]+)"' + COLOUR + r', line ' + COLOUR + r'\d+')
HEADING = re.compile(r'^(?:\s*[+|] )?\s*(?:Exception Group )?Traceback \(most recent call last\):$')
HIDDEN = re.compile(r'(^' + LIBRARY + r')|(/(?:vclock|ordered)\.py$)|(^<frozen )')


class Spec:
    """The directives of one script."""

    def __init__(self, path):
        self.path = path
        self.folder, self.name = os.path.split(os.path.abspath(path))
        self.stem = os.path.abspath(path)[:-len('.aio')]
        with open(path, encoding='utf-8', errors='surrogateescape') as f:
            text = f.read()
        d = {}
        for line in text.splitlines():
            if line.strip() and not line.startswith('#'):
                break
            m = re.match(r'#\s*(\w+):\s?(.*)$', line)
            if m and m[1] in KEYS:
                d[m[1]] = m[2].strip()
        timed = any(line.strip().startswith(PLAIN_STEPS) for line in text.splitlines())
        self.run = d.get('run') or ('virtual' if timed else 'real')
        if self.run not in ('virtual', 'real', 'both'):
            raise ValueError('%s: "# run: %s"?' % (path, self.run))
        self.python = d.get('python', '3.13')
        self.by_aio = d.get('record') == 'aio' or 'deviates' in d
        self.deviates = d.get('deviates')
        self.args = shlex.split(d.get('args', ''))
        self.stdin = escapes(d.get('stdin', '')).encode('utf-8', 'surrogateescape')
        self.env = dict(pair.split('=', 1) for pair in shlex.split(d.get('env', '')))
        self.seed = d.get('seed', '0')
        compare = d.get('compare', '').split()
        self.only_stdout = 'stdout' in compare
        self.bag = 'bag' in compare
        self.ordered = d.get('sets') == 'ordered'
        self.timeout = float(d.get('timeout', 20))

    def modes(self):
        return ('real', 'virtual') if self.run == 'both' else (self.run,)

    def environment(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith(('PYTHON', 'AIO'))}
        env.update(PYTHONHASHSEED='0', PYTHONIOENCODING='utf-8', PYTHON_COLORS='0', LC_ALL='C.UTF-8', TZ='UTC')
        env.update(self.env)
        return env

    def aio_command(self, binary, mode):
        flags = ['--seed', self.seed] + (['--virtual-time'] if mode == 'virtual' else [])
        return [binary] + flags + [self.name] + self.args


def escapes(text):
    return ast.literal_eval('"%s"' % text.replace('"', '\\"')) if text else ''


def scripts(top, patterns=()):
    """Every script of the test folders, as paths from the top, sorted."""
    found = []
    for root in ROOTS:
        for folder, folders, names in os.walk(os.path.join(top, root)):
            folders.sort()
            found += [os.path.relpath(os.path.join(folder, n), top) for n in sorted(names) if n.endswith('.aio')]
    return [p for p in found if not patterns or any(x in p for x in patterns)]


def normalise(data, folder):
    """Bytes of an output -> the text that is kept and compared."""
    text = data.decode('utf-8', 'backslashreplace')
    text = drop_frames(text)
    text = text.replace(folder + os.sep, '')
    text = CALLBACK_AT.sub('', text)
    text = FROM_LIBRARY.sub(r'\1 (unknown location)', text)
    return ADDRESS.sub('0xADDR', text)


def drop_frames(text):
    if 'File ' not in text:
        return text
    lines = text.split('\n')
    kept = []
    i = 0
    while i < len(lines):
        m = FRAME.match(lines[i])
        if not m or not HIDDEN.search(m['path']):
            kept.append(lines[i])
            i += 1
            continue
        i += 1
        while i < len(lines) and lines[i].startswith(m['lead'] + '  '):
            i += 1
    # A heading whose frames are all gone goes as well.
    out = []
    for n, line in enumerate(kept):
        if HEADING.match(line) and not (n + 1 < len(kept) and FRAME.match(kept[n + 1])):
            continue
        out.append(line)
    return '\n'.join(out)


def bag(text):
    return '\n'.join(sorted(text.split('\n')))
