"""The interpreter at a terminal: how long its prompt takes to come, and how long a line takes from Return to its result."""
import fcntl
import os
import select
import struct
import tempfile
import termios
import time

LINES = 20
TIMEOUT_S = 30
PROMPT, LINE, RESULT = b'>>> ', b'1+1', b'2\r\n'


class Closed(Exception):
    pass


class Screen:
    def __init__(self, fd):
        self.fd = fd
        self.seen = b''

    def until(self, wanted):
        """Reads up to the end of what is wanted."""
        while wanted not in self.seen:
            if not select.select([self.fd], [], [], TIMEOUT_S)[0]:
                raise Closed('nothing comes after %r' % self.seen)
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b''
            if not data:
                raise Closed('it has ended after %r' % self.seen)
            self.seen += data
        self.seen = self.seen.split(wanted, 1)[1]

    def line(self):
        """Seconds from Return to the result."""
        os.write(self.fd, LINE)
        self.until(LINE)
        start = time.perf_counter()
        os.write(self.fd, b'\r')
        self.until(RESULT)
        spent = time.perf_counter() - start
        self.until(PROMPT)
        return spent


def measure(command):
    """-> (seconds until the prompt is there, seconds a line), the shortest of those of one session."""
    master, slave = os.openpty()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
    with tempfile.TemporaryDirectory() as home:
        env = dict(os.environ, HOME=home, TERM='xterm', NO_COLOR='1', LANG='C.UTF-8', PYTHON_BASIC_REPL='1')
        actions = [(os.POSIX_SPAWN_DUP2, slave, fd) for fd in (0, 1, 2)] + [(os.POSIX_SPAWN_CLOSE, master)]
        start = time.perf_counter()
        pid = os.posix_spawn(command[0], command, env, file_actions=actions, setsid=True)
        os.close(slave)
        try:
            screen = Screen(master)
            screen.until(PROMPT)
            up = time.perf_counter() - start
            return up, min(screen.line() for _ in range(LINES))
        finally:
            os.close(master)
            os.kill(pid, 9)
            os.waitpid(pid, 0)
