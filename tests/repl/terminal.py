"""A program in a pseudo-terminal, and what its screen shows. Waits for texts, never for time."""
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unicodedata

PATIENCE = float(os.environ.get('AIO_REPL_PATIENCE', '60'))


class Timeout(Exception):
    pass


class Screen:
    """A small terminal: the cursor, rows that scroll, and the escape sequences that readline and the program write."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [[]]         # of all that was ever shown; the last `rows` are on the screen
        self.row = self.column = 0
        self.saved = 0, 0
        self.rest = ''

    def feed(self, text):
        text = self.rest + text
        at = 0
        while at < len(text):
            c = text[at]
            if c == '\x1b':
                m = re.compile(r'\x1b(?:\[[?>=]?([0-9;]*)([A-Za-z@~])|\][^\x07]*\x07|[()][A-Z0-9]|[=>78MDEc])').match(text, at)
                if not m:
                    if len(text) - at < 40:
                        self.rest = text[at:]
                        return
                    at += 1
                    continue
                if text[at + 1] == '7':
                    self.saved = self.row, self.column
                elif text[at + 1] == '8':
                    self.row, self.column = self.saved
                if m[2] and not text[m.start() + 2] in '?>=':
                    self.control(m[2], m[1] or '')
                at = m.end()
                continue
            self.put(c)
            at += 1
        self.rest = ''

    def put(self, c):
        if c == '\n':
            self.down()
        elif c == '\r':
            self.column = 0
        elif c == '\b':
            self.column = max(0, self.column - 1)
        elif c in '\x07\0':
            pass
        elif c == '\t':
            self.column = min(self.columns - 1, self.column // 8 * 8 + 8)
        else:
            if unicodedata.combining(c) or c in '\u200d\ufe0f':
                return
            width = 2 if unicodedata.east_asian_width(c) in 'WF' else 1
            if self.column + width > self.columns:
                self.column = 0
                self.down()
            line = self.lines[self.row]
            while len(line) < self.column + width:
                line.append(' ')
            line[self.column] = c
            for k in range(1, width):
                line[self.column + k] = ''
            self.column += width

    def down(self):
        self.row += 1
        while self.row >= len(self.lines):
            self.lines.append([])

    def control(self, kind, numbers):
        n = [int(x) if x else 0 for x in numbers.split(';')]
        top = max(0, len(self.lines) - self.rows)
        count = max(1, n[0])
        line = self.lines[self.row]
        if kind == 'A':
            self.row = max(top, self.row - count)
        elif kind == 'B':
            for _ in range(count):
                self.down()
        elif kind == 'C':
            self.column = min(self.columns - 1, self.column + count)
        elif kind == 'D':
            self.column = max(0, self.column - count)
        elif kind == 'G':
            self.column = min(self.columns - 1, count - 1)
        elif kind == 'H':
            self.row, self.column = top + count - 1, (n[1] - 1 if len(n) > 1 and n[1] else 0)
            while self.row >= len(self.lines):
                self.lines.append([])
        elif kind == 'K':
            if n[0] == 0:
                del line[self.column:]
            elif n[0] == 2:
                line.clear()
        elif kind == 'J':
            if n[0] == 0:
                del line[self.column:]
                del self.lines[self.row + 1:]
            elif n[0] == 2:
                for k in range(top, len(self.lines)):
                    self.lines[k].clear()
        elif kind == 'P':
            del line[self.column:self.column + count]
        elif kind == '@':
            line[self.column:self.column] = [' '] * count

    def text(self):
        return '\n'.join(''.join(line).rstrip() for line in self.lines)

    def line(self):
        """The row where the cursor is."""
        return ''.join(self.lines[self.row]).rstrip()


class Terminal:
    """aio (or anything else) in a terminal of its own."""

    def __init__(self, command, columns=80, rows=24, home=None, env=(), files=None):
        self.command = command
        self.made = None
        if home is None:
            self.made = tempfile.TemporaryDirectory()
            home = self.made.name
        self.home = home
        for name, text in (files or {}).items():
            with open(os.path.join(home, name), 'w') as f:
                f.write(text)
        self.screen = Screen(columns, rows)
        self.raw = ''
        self.decoder = __import__('codecs').getincrementaldecoder('utf-8')('replace')
        self.master, slave = os.openpty()
        self.set_size(columns, rows)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(('XDG_', 'PYTHON', 'LC_', 'INPUTRC'))}
        environment.update(HOME=home, TERM='xterm', NO_COLOR='1', LANG='C.UTF-8', INPUTRC='/dev/null')
        environment.update(env)
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=home,
                                        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.seen = 0  # of the raw text: what `expect` has looked at

    def set_size(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        self.screen.columns, self.screen.rows = columns, rows

    def resize(self, columns, rows):
        self.set_size(columns, rows)
        os.killpg(self.process.pid, signal.SIGWINCH)

    def type(self, text):
        data = text.encode() if isinstance(text, str) else text
        while data:
            # The program must not stand still because nobody reads what it writes.
            readable, writable, _ = select.select([self.master], [self.master], [], PATIENCE)
            if readable and not self.read():
                raise Timeout('the program has ended\n' + self.screen.text())
            if writable:
                data = data[os.write(self.master, data[:256]):]

    def read(self):
        try:
            data = os.read(self.master, 65536)
        except OSError:
            data = b''
        text = self.decoder.decode(data)
        self.raw += text
        self.screen.feed(text)
        return bool(data)

    def until(self, condition, what):
        limit = time.monotonic() + PATIENCE
        while not condition():
            left = limit - time.monotonic()
            if left <= 0 or (select.select([self.master], [], [], left)[0] and not self.read()):
                if condition():
                    return
                raise Timeout('waited for %s; the screen:\n%s' % (what, self.screen.text()))

    def expect(self, text):
        """Waits until the text is written, after what an earlier `expect` has found."""
        self.until(lambda: self.raw.find(text, self.seen) >= 0, repr(text))
        self.seen = self.raw.find(text, self.seen) + len(text)

    def shows(self, text):
        """Waits until the screen shows the text."""
        self.until(lambda: text in self.screen.text(), 'a screen that shows %r' % text)

    def press(self, key, text):
        """Presses a key again and again until the screen shows the text."""
        limit = time.monotonic() + PATIENCE
        while text not in self.screen.text():
            if time.monotonic() > limit:
                raise Timeout('waited for a screen that shows %r:\n%s' % (text, self.screen.text()))
            self.type(key)
            while select.select([self.master], [], [], 0.2)[0] and self.read() and text not in self.screen.text():
                pass

    def prompt(self, typed=''):
        """Waits until the cursor stands behind the prompt and what was typed."""
        self.until(lambda: self.screen.line() == ('>>> ' + typed).rstrip() and not self.pending(), 'the prompt')

    def pending(self):
        return bool(select.select([self.master], [], [], 0)[0])

    def enter(self, text):
        """Types a line at the prompt and waits for the next one."""
        self.prompt()
        before = len(self.screen.lines)
        self.type(text + '\r')
        self.until(lambda: len(self.screen.lines) > before, 'another line')
        self.prompt()

    def line(self, text):
        """Types a line of a block in the place of the indentation that is there, and waits for the next one."""
        rows = len(self.screen.lines)
        self.type('\x15' + text + '\r')
        self.until(lambda: len(self.screen.lines) > rows and self.screen.line().startswith('...') and not self.pending(),
                   'another line')

    def begin(self, text):
        """Types a block and an empty line after it; it runs, and the prompt is not waited for."""
        for part in text.split('\n'):
            self.line(part)
        rows = len(self.screen.lines)
        self.type('\x15\r')
        self.until(lambda: len(self.screen.lines) > rows, 'the end of the block')

    def go_on(self, text):
        """Types the rest of a block that was begun."""
        self.begin(text)
        self.prompt()

    def block(self, text):
        """Types a whole block and waits for the next prompt."""
        self.prompt()
        self.go_on(text)

    def ends(self):
        """Waits for the program's end; its status."""
        limit = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < limit:
            if select.select([self.master], [], [], 0.05)[0] and not self.read():
                break
        try:
            status = self.process.wait(max(0.1, limit - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Timeout('the program does not end; the screen:\n' + self.screen.text()) from None
        while select.select([self.master], [], [], 0)[0] and self.read():
            pass
        return status

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        if self.master >= 0:
            os.close(self.master)
            self.master = -1
        if self.made:
            self.made.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
