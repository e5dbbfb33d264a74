"""What is installed beside the program (manual, completions) says what --help says."""
import glob
import os
import re
import shutil
import subprocess
import sys

from cases import PATIENCE
from command import case

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(sys.argv[2])
BASH = 'cli/completions/aio.bash'
PAPERS = {'cli/aio.1', BASH, 'cli/completions/_aio', 'cli/completions/aio.fish'}
INSTALLED = {'bin/aio', 'share/man/man1/aio.1', 'share/bash-completion/completions/aio', 'share/zsh/site-functions/_aio',
             'share/fish/vendor_completions.d/aio.fish'}


def read(path):
    with open(os.path.join(TOP, path), encoding='utf-8') as f:
        return f.read().replace('\\-', '-')


def options_of(aio):
    """The options that --help lists: {'-i', '--seed' ...}."""
    found = set()
    for line in aio.run('--help').out.splitlines():
        m = re.match(r'  (-[^ ].*?)(  |$)', line)
        if m:
            found.update(re.findall(r'(?<![\w-])--?[A-Za-z][a-z-]*', m[1]))
    return found


def has(path, text, option):
    name = option.lstrip('-')
    if path.endswith('.fish'):
        return re.search(r'-%s %s\b' % ('l' if option.startswith('--') else 's', re.escape(name)), text)
    return re.search(r'(?<![\w-])%s(?![\w-])' % re.escape(option), text)


@case
def the_help_is_well_formed(aio):
    text = aio.run('--help').out
    if not text.startswith('usage: aio ') or not text.endswith('\n'):
        yield text
    for line in text.splitlines():
        if len(line) > 110 or line != line.rstrip() or '\t' in line:
            yield repr(line)
        if re.match(r'  \S', line) and len(line) > 23 and line[21:23].strip() and '  ' in line[3:]:
            if not re.match(r' {2}\S.{0,18} +\S', line) or line[22] != ' ' or line[23] == ' ':
                yield 'not in its column: %r' % line


@case
def manual_and_completions_know_every_option(aio):
    options = options_of(aio)
    if not {'-c', '-i', '--seed', '--version'} <= options:
        yield 'options: %s' % sorted(options)
    for path in sorted(PAPERS):
        text = read(path)
        for option in sorted(options):
            if not has(path, text, option):
                yield '%s lacks %s' % (path, option)
    for option in re.findall(r'(?<![\w-])--[a-z][a-z-]*', read(BASH)):
        if option not in options:
            yield '%s offers %s, which --help does not list' % (BASH, option)
    if 'compile' not in ''.join(aio.run('--help').out):
        yield '--help does not list compile'


def offered(aio, *words):
    """What bash offers for the last word."""
    script = ('compopt() { :; }; source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _aio; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    p = subprocess.run(['bash', '-c', script, 'bash', os.path.join(TOP, BASH), *words], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, cwd=aio.folder, timeout=20 * PATIENCE)
    return sorted(p.stdout.decode().split())


@case
def completion_in_bash(aio):
    for words, wanted in ((['aio', '--v'], ['--version', '--virtual-time']), (['aio', '--dump', '=', 'by'], ['bytecode']),
                          (['aio', '--dump', 'a'], ['ast']), (['aio', '--seed', '1', '--hi'], ['--hints']),
                          (['aio', 'com'], ['compile']), (['aio', 'script.aio', '--v'], []),
                          (['aio', '--hints', 'script.aio', '-'], []), (['aio', 'compile', 'x.aio', '-'], ['-o']),
                          (['aio', '-c', ''], [])):
        if offered(aio, *words) != wanted:
            yield '%s: %s, not %s' % (words, offered(aio, *words), wanted)


@case
def the_manual_is_well_formed(aio):
    if shutil.which('groff'):
        p = subprocess.run(['groff', '-man', '-ww', '-Tutf8', os.path.join(TOP, 'cli/aio.1')], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
        if p.returncode or p.stderr or not p.stdout:
            yield p.stderr.decode()


@case
def what_is_installed(aio):
    where = aio.path('root')
    p = subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--destdir', where], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    if p.returncode:
        yield p.stdout.decode('utf-8', 'replace')[-2000:]
    files = [os.path.relpath(f, where) for f in glob.glob(os.path.join(where, '**'), recursive=True) if os.path.isfile(f)]
    for wanted in sorted(INSTALLED):
        if not any(f.endswith('/' + wanted) for f in files):
            yield '%s is not installed: %s' % (wanted, files)
