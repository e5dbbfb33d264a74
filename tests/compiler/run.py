#!/usr/bin/env python3
"""The compiler's tests: SyntaxErrors as CPython shows them, the listing of everyday code, code beyond the limits.

usage: tests/compiler/run.py AIO BUILD [PATTERN ...]     or     tests/compiler/run.py --record AIO

--record makes errors.out and big.out anew from CPython 3.13 ($PYTHON313, pyenv's or python3.13), shapes.dump from AIO.
"""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from cases import expect, run_all  # noqa: E402
import record  # noqa: E402

LINE = '\n---\n'
CASES = {}


def read(name):
    with open(os.path.join(HERE, name), encoding='utf-8') as f:
        return f.read()


def sources():
    return [s.strip('\n') + '\n' for s in read('errors.txt').split(LINE)]


def big():
    return subprocess.run([sys.executable, os.path.join(HERE, 'big.py')], stdout=subprocess.PIPE, check=True).stdout


def python():
    return os.environ.get('PYTHON313') or record.find_python('3.13')


def recorded():
    """What CPython writes to standard error for each source, and what it prints for the big script."""
    with tempfile.TemporaryDirectory() as folder:
        def run(text):
            with open(os.path.join(folder, 'script.aio'), 'wb') as f:
                f.write(text)
            return subprocess.run([python(), '-W', 'ignore', 'script.aio'], cwd=folder, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, encoding='utf-8')
        return [run(s.encode()).stderr.replace(folder + '/', '') for s in sources()], run(big()).stdout


def error_case(source, want):
    def case(aio):
        got = aio.script(source)
        got.err = got.err.replace(aio.folder + '/', '')
        if got.err != want:
            yield 'source:\n%s\nCPython:\n%s\naio:\n%s' % (source, want, got)
        yield from expect(got, 1 if want else 0, '')
    return case


def listing(aio):
    got = aio.run('--dump=bytecode', os.path.join(HERE, 'shapes.aio'))
    yield from expect(got, 0, read('shapes.dump'))


def beyond(aio):
    yield from expect(aio.script(big()), 0, read('big.out'))


def main():
    if sys.argv[1:2] == ['--record']:
        errors, output = recorded()
        for name, text in (('errors.out', LINE.join(errors)), ('big.out', output)):
            with open(os.path.join(HERE, name), 'w', encoding='utf-8') as f:
                f.write(text)
        dump = subprocess.run([sys.argv[2], '--dump=bytecode', os.path.join(HERE, 'shapes.aio')],
                              stdout=subprocess.PIPE, check=True).stdout
        with open(os.path.join(HERE, 'shapes.dump'), 'wb') as f:
            f.write(dump)
        return 0
    for source, want in zip(sources(), read('errors.out').split(LINE)):
        CASES['error: ' + source.replace('\n', '; ')[:60]] = error_case(source, want)
    CASES['listing'] = listing
    CASES['beyond'] = beyond
    return run_all(CASES)


if __name__ == '__main__':
    sys.exit(main())
