"""The programs of tests/errors and what came of them: shared by record.py and run.py.

A theme is a file of programs (THEME.txt) and one of recordings (THEME.err), both divided by lines `==== TITLE`. Within a
program, a line `---- NAME` begins another file that stands beside script.aio. The directives of tests/README.md hold.
"""
import glob
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import normal  # noqa: E402

TITLE, FILE = '==== ', '---- '


def themes():
    return sorted(os.path.basename(p)[:-len('.txt')] for p in glob.glob(os.path.join(HERE, '*.txt')))


def divided(text, mark, first=None):
    """[(name, text)]: what follows each line that begins with mark; the text before the first of them is `first`'s."""
    parts = [(first, [])]
    for line in text.splitlines(True):
        if line.startswith(mark):
            parts.append((line[len(mark):].rstrip('\n'), []))
        else:
            parts[-1][1].append(line)
    return [(name, ''.join(lines)) for name, lines in parts if name is not None]


def read(name):
    with open(os.path.join(HERE, name), encoding='utf-8', errors='surrogateescape', newline='') as f:
        return f.read()


def programs(theme):
    return divided(read(theme + '.txt'), TITLE)


def recordings(theme):
    return dict(divided(read(theme + '.err'), TITLE))


def unpack(program, folder):
    """Writes the program's files; the Spec of its script. A trailing `\\` in the last line stays: nothing follows it."""
    for name, text in divided(program, FILE, 'script.aio'):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8', errors='surrogateescape', newline='') as f:
            f.write(text)
    return normal.Spec(os.path.join(folder, 'script.aio'))
