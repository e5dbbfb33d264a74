"""Who runs the programs: aio and the interpreters installed here, and how each is asked to run a file."""
import glob
import os
import re
import shutil
import subprocess
from typing import NamedTuple

import hosts

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
KINDS = ('aio', 'python', 'uvloop', 'lua', 'luajit-joff', 'luajit', 'node-jitless', 'node', 'qjs', 'micropython')


class Peer(NamedTuple):
    kind: str
    label: str
    command: list  # of the bare interpreter, for the programs of start/
    ending: str  # of its programs
    launcher: tuple = ()  # what comes between the command and the file of the other programs
    folders: tuple = ('core', 'async', 'start')
    jit: bool = False


def aio(binary, label='aio', kind='aio'):
    return Peer(kind, label, [os.path.abspath(binary)], '.aio')


def launch(name):
    return (os.path.join(HERE, 'launch', name),)


def installed(binary, only=None):
    """The peers that are there, aio first."""
    found = [aio(binary)] + pythons() + luas() + javascripts() + micropython()
    return [peer for peer in found if not only or peer.kind in only]


def said(*command):
    """The first line that the command prints, '' if it fails."""
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return '' if p.returncode else (p.stdout.decode('utf-8', 'replace').strip().splitlines() or [''])[0]


def pythons():
    """The newest CPython, and the newest one that has uvloop."""
    patterns = [os.path.join(folder, 'python3*') for folder in os.environ.get('PATH', '').split(os.pathsep)]
    patterns.append(os.path.expanduser('~/.*/versions/3.*/bin/python3'))
    paths = {os.path.realpath(p) for pattern in patterns for p in glob.glob(pattern)
             if re.fullmatch(r'python3(\.\d+)?', os.path.basename(p))}
    versions = {}
    for path in sorted(paths):
        number = re.fullmatch(r'Python (\d+)\.(\d+)\.(\d+)', said(path, '-V'))
        if number:
            versions[path] = tuple(int(n) for n in number.groups())
    ranked = sorted(versions, key=versions.get, reverse=True)
    found = []
    if ranked:
        found.append(Peer('python', 'CPython %d.%d' % versions[ranked[0]][:2], [ranked[0]], '.aio'))
    for path in ranked:
        if said(path, '-c', 'import uvloop; print(1)') == '1':
            label = 'uvloop (%d.%d)' % versions[path][:2]
            found.append(Peer('uvloop', label, [path], '.aio', launch('with_uvloop.py'), ('async',)))
            break
    return found


def luas():
    found = []
    path = shutil.which('lua5.4')
    if path:
        found.append(Peer('lua', 'Lua 5.4', [path], '.lua', launch('lua.lua')))
    path = shutil.which('luajit')
    if path:
        found.append(Peer('luajit-joff', 'LuaJIT -joff', [path, '-joff'], '.lua', launch('lua.lua')))
        found.append(Peer('luajit', 'LuaJIT', [path], '.lua', launch('lua.lua'), jit=True))
    return found


def javascripts():
    found = []
    path = shutil.which('node')
    if path:
        label = 'node ' + said(path, '--version').lstrip('v').split('.')[0]
        found.append(Peer('node-jitless', label + ' --jitless', [path, '--jitless'], '.js', launch('node.js')))
        found.append(Peer('node', label, [path], '.js', launch('node.js'), jit=True))
    path = shutil.which('qjs')
    if path:
        found.append(Peer('qjs', 'QuickJS', [path, '--std'], '.js', launch('qjs.js')))
    return found


def micropython():
    path = shutil.which('micropython')
    if not path:
        return []
    return [Peer('micropython', 'MicroPython', [path, '-X', 'heapsize=2g'], '.aio', launch('with_micropython.py'))]


def command(peer, workload, size):
    """The command line that runs a workload, None if the peer has no such program."""
    if workload.folder == 'embed':
        host = hosts.program(peer)
        return host and [host, workload.program, str(size)]
    path = os.path.join(HERE, workload.folder, workload.program + peer.ending)
    if workload.folder not in peer.folders or not os.path.exists(path):
        return None
    if workload.folder == 'start':
        return peer.command + [path]
    return peer.command + list(peer.launcher) + [path, str(size)] + list(workload.args)
