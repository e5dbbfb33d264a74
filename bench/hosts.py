"""The host programs of embed/: compiled here, against the static library beside the aio that is measured, and Lua's."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.join(HERE, 'embed')
built = {}
folder = tempfile.TemporaryDirectory(prefix='aio-bench-')


def libraries(peer):
    """What to compile with for the peer, None if it is not there."""
    if peer.kind == 'aio':
        archive = os.path.join(os.path.dirname(peer.command[0]), 'libaiovm.a')
        if os.path.exists(archive):
            return ['-I' + os.path.join(os.path.dirname(HERE), 'include'), archive, '-lutf8proc', '-luv', '-lm', '-lpthread']
    if peer.kind == 'lua':
        p = subprocess.run(['pkg-config', '--cflags', 'lua5.4'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if p.returncode == 0:
            return p.stdout.decode().split() + ['-l:liblua5.4.a', '-lm', '-ldl']
    return None


def program(peer):
    """The path of the peer's host program, None if it has none."""
    if peer.kind not in built:
        built[peer.kind] = compiled(peer)
    return built[peer.kind]


def compiled(peer):
    flags = libraries(peer)
    if flags is None:
        return None
    source = os.path.join(SOURCES, peer.kind + '.c')
    path = os.path.join(folder.name, peer.kind)
    p = subprocess.run(['cc', '-O2', source, '-o', path] + flags, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode != 0:
        sys.exit('%s\n%s' % (source, p.stdout.decode('utf-8', 'replace')[-2000:]))
    return path
