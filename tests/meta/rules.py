"""Rules about the source tree and the binaries. A rule yields complaints; its docstring says what it wants."""
import glob
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ('base', 'lexer', 'parser', 'compiler', 'loop', 'vm', 'stdlib', 'embed', 'cli', 'include')
MAX_LINES = 1000
LONG_FILES = {'parser/grammar.y', 'vm/dispatch.c'}

# What a folder may include besides itself and base: a folder, or one header of it. (docs/architecture.md)
ALLOWED = {
    'base': (),
    'lexer': (),
    'parser': ('lexer',),
    'compiler': ('parser', 'lexer'),
    'loop': (),
    'vm': ('compiler/unit.h', 'compiler/opcodes.def'),
    'stdlib': ('vm', 'loop'),
    'embed': ('lexer', 'parser', 'compiler', 'loop', 'vm', 'stdlib', 'include/aiovm.h'),
    'cli': ('include/aiovm.h',),
    'include': (),
}
NO_BASE = ('cli', 'include')

# Mutable statics that are meant, as (object of, symbol): the signal handler must find the VM and note what came, and readline's
# callbacks must find who reads.
STATICS = {('cli', 'interrupt_vm'), ('cli', 'came'), ('cli', 'active')}


def sources(*endings):
    for folder in FOLDERS:
        for where, folders, names in os.walk(os.path.join(TOP, folder)):
            folders.sort()
            for name in sorted(names):
                if name.endswith(endings):
                    yield os.path.relpath(os.path.join(where, name), TOP)


def read(path):
    with open(os.path.join(TOP, path), encoding='utf-8', errors='replace') as f:
        return f.read()


def include_rule(run):
    """A folder includes only itself and what lies below it."""
    for path in sources('.c', '.h', '.re', '.y', '.def'):
        folder = path.split('/')[0]
        for target in re.findall(r'^\s*#\s*include\s*"([^"]+)"', read(path), re.M):
            if target == 'aiovm.h':
                target = 'include/aiovm.h'
            whole = target.split('/')[0]
            if whole == folder or (whole == 'base' and folder not in NO_BASE):
                continue
            if whole not in ALLOWED[folder] and target not in ALLOWED[folder]:
                yield '%s includes "%s"' % (path, target)


def file_length(run):
    """A file has at most 1,000 lines (the grammar and the dispatch loop excepted)."""
    for path in sources('.c', '.h', '.re', '.y', '.def', '.aio'):
        lines = read(path).count('\n')
        if lines > MAX_LINES and path not in LONG_FILES:
            yield '%s has %d lines' % (path, lines)


def opening_comment(run):
    """A C file opens with a comment that says what it is for."""
    for path in sources('.c', '.h', '.re', '.y', '.def'):
        if not read(path).lstrip().startswith(('//', '/*')):
            yield path


def sources_listed(run):
    """Every C file is in its folder's meson.build."""
    for path in sources('.c'):
        listed = False
        folder = os.path.dirname(path)
        name = os.path.basename(path)
        while folder and not listed:
            build = os.path.join(TOP, folder, 'meson.build')
            listed = os.path.exists(build) and "'%s'" % name in read(build)
            name = os.path.basename(folder) + '/' + name
            folder = os.path.dirname(folder)
        if not listed:
            yield path


def no_conflict(run):
    """Lemon finds no conflict in the grammar."""
    report = os.path.join(run.build, 'parser', 'grammar.out')
    if not os.path.exists(report):
        yield 'no %s: lemon has not run' % report
        return
    with open(report, encoding='utf-8', errors='replace') as f:
        for line in f:
            if '** Parsing conflict **' in line:
                yield line.strip()


def nm(path, *flags):
    p = subprocess.run(['nm', *flags, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return p.stdout.decode().splitlines()


def exported_symbols(run):
    """The shared library exports aiovm_* and nothing else."""
    library = os.path.join(run.build, 'libaiovm.so')
    if not os.path.exists(library):
        yield 'no ' + library
        return
    names = [line.split()[-1] for line in nm(library, '-D', '--defined-only')]
    if not names:
        yield 'it exports nothing'
    for name in names:
        if not name.startswith('aiovm_'):
            yield name


def needed_libraries(run):
    """The program needs no shared object but the C library: each costs a twentieth of its start."""
    out = subprocess.run(['objdump', '-p', os.path.join(run.build, 'aio')], stdout=subprocess.PIPE, check=True).stdout.decode()
    needed = set(re.findall(r'NEEDED +(\S+)', out))
    for name in sorted(needed - {'libc.so.6'}):
        yield name


def public_functions(run):
    """Every function of the public header is in the library, and nothing is exported that it does not declare."""
    header = re.sub(r'//[^\n]*|/\*.*?\*/', '', read('include/aiovm.h'), flags=re.S)
    declared = set(re.findall(r'^AIOVM_API[^;]*?\b(aiovm_\w+)\(', header, re.M))
    library = os.path.join(run.build, 'libaiovm.so')
    exported = {line.split()[-1] for line in nm(library, '-D', '--defined-only')}
    for name in sorted(declared - exported):
        yield name + ' is declared but not exported'
    for name in sorted(exported - declared):
        yield name + ' is exported but not declared'


def public_functions_tested(run):
    """Every function of the public header is called by a test in tests/unit."""
    header = re.sub(r'//[^\n]*|/\*.*?\*/', '', read('include/aiovm.h'), flags=re.S)
    tests = ''.join(read(os.path.relpath(path, TOP)) for path in glob.glob(os.path.join(TOP, 'tests', 'unit', '*.c')))
    for name in sorted(set(re.findall(r'^AIOVM_API[^;]*?\b(aiovm_\w+)\(', header, re.M))):
        if not re.search(r'\b%s\b' % name, tests):
            yield name


def no_mutable_state(run):
    """No global or static variable can change (but the cli's one, for the signal handler)."""
    for obj in glob.glob(os.path.join(run.build, '*.a.p', '*.o')) + glob.glob(os.path.join(run.build, 'aio.p', '*.o')):
        folder = os.path.basename(obj).split('_')[0]
        if folder not in FOLDERS:
            continue
        for line in nm(obj):
            kind, name = line.split()[-2:]
            if kind in 'bBdDC' and not name.startswith(('.', 'DW.ref')) and not is_relro(obj, name):
                if (folder, re.sub(r'\.\d+$', '', name)) not in STATICS:
                    yield '%s: %s (%s)' % (os.path.basename(obj), name, kind)


def is_relro(obj, name):
    """Constants that hold addresses are written once, by the loader, and are read-only from then on."""
    p = subprocess.run(['objdump', '-t', obj], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return any(line.split()[-1] == name and '.data.rel.ro' in line for line in p.stdout.decode().splitlines() if line)


def compile_alone(run, text, compiler, *flags):
    p = subprocess.run([compiler, *flags, '-fsyntax-only', '-I' + TOP, '-I' + run.build, '-Wall', '-Wextra', '-Werror',
                        '-D_GNU_SOURCE', '-'], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return None if p.returncode == 0 else p.stdout.decode('utf-8', 'replace')


def public_header(run):
    """include/aiovm.h is complete and clean as C99, C11, C++11 and C++17."""
    text = '#include "include/aiovm.h"\nint main(void) { return 0; }\n'
    for compiler, *flags in (('cc', '-x', 'c', '-std=c99', '-pedantic'), ('cc', '-x', 'c', '-std=c11', '-pedantic'),
                             ('g++', '-x', 'c++', '-std=c++11', '-pedantic'),
                             ('g++', '-x', 'c++', '-std=c++17', '-pedantic', '-Wshadow', '-Wconversion')):
        trouble = compile_alone(run, text, compiler, *flags)
        if trouble:
            yield '%s %s\n%s' % (compiler, ' '.join(flags), trouble)


def readme_program(run):
    """The C program in README.md compiles, links with the shared library and runs."""
    import tempfile
    source = re.search(r'```c\n(.*?)```', read('README.md'), re.S)[1]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'host')
        p = subprocess.run(['cc', '-Wall', '-Wextra', '-Werror', '-I' + os.path.join(TOP, 'include'), '-x', 'c', '-',
                            '-x', 'none', os.path.join(run.build, 'libaiovm.so'), '-Wl,-rpath,' + run.build, '-o', path],
                           input=source.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if p.returncode != 0:
            yield p.stdout.decode()
            return
        p = subprocess.run([path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20)
        if p.returncode != 0 or p.stdout != b'an hour later\n':
            yield 'status %d: %s' % (p.returncode, p.stdout.decode())


def headers_alone(run):
    """Every header compiles on its own."""
    for path in sources('.h'):
        trouble = compile_alone(run, '#include "%s"\n' % path, 'cc', '-x', 'c', '-std=gnu11')
        if trouble:
            yield '%s\n%s' % (path, trouble[:600])


def commands_exist(run):
    """Every ./dev command and aio option that the documents name exists."""
    dev = subprocess.run([os.path.join(TOP, 'dev'), 'help'], stdout=subprocess.PIPE).stdout.decode()
    known = set(re.findall(r'^  (\w+)', dev, re.M))
    p = subprocess.run([run.binary, '--help'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    options = set(re.findall(r'--[a-z][a-z-]+', p.stdout.decode()))
    pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'tests/README.md']
    pages += [os.path.relpath(p, TOP) for p in glob.glob(os.path.join(TOP, 'docs', '**', '*.md'), recursive=True)]
    for page in filter(lambda p: os.path.exists(os.path.join(TOP, p)), pages):
        text = read(page)
        for name in re.findall(r'\./dev (\w+)', text):
            if name not in known and name != 'COMMAND':
                yield '%s: ./dev %s' % (page, name)
        for line in re.findall(r'\baio (--?[a-z][^`\n]*)', text):
            for option in re.findall(r'--[a-z][a-z-]+', line):
                if option not in options:
                    yield '%s: aio %s' % (page, option)


def deviations_named(run):
    """A test that deviates from CPython names a row of docs/deviations.md."""
    path = os.path.join(TOP, 'docs', 'deviations.md')
    rows = set(re.findall(r'^\| `([\w.-]+)`', read(path), re.M)) if os.path.exists(path) else set()
    import normal
    for script in normal.scripts(TOP):
        name = normal.Spec(os.path.join(TOP, script)).deviates
        if name and name not in rows:
            yield '%s: %s' % (script, name)


def bytecode_page(run):
    """docs/bytecode.md is what `./dev docs` makes of compiler/opcodes.def."""
    sys.path.insert(0, os.path.join(TOP, 'docs'))
    import bytecode
    if not os.path.exists(bytecode.PAGE) or read('docs/bytecode.md') != bytecode.page():
        yield 'run ./dev docs'


def bench_programs(run):
    """Every workload of the benchmark has a program, and every program is run by a workload."""
    sys.path.insert(0, os.path.join(TOP, 'bench'))
    import curves
    import workloads
    wanted = {os.path.join('bench', w.folder, w.program + '.aio') for w in workloads.WORKLOADS
              if w.how not in ('binary', 'terminal') and w.folder != 'embed'}
    wanted |= {os.path.join('bench', 'curves', curve.name + '.aio') for curve in curves.CURVES}
    there = {os.path.relpath(path, TOP) for path in glob.glob(os.path.join(TOP, 'bench', '*', '*.aio'))}
    yield from sorted(wanted ^ there)


UPSTREAM_EXCEPTIONS = 10  # this number may fall, and never rise


def upstream_exceptions(run):
    """The list of upstream's tests that aio need not pass gets no longer, each has a reason, and of a file they are few."""
    def lines(name):
        return [line for line in read('tests/upstream/' + name).splitlines() if line.strip() and not line.startswith('#')]
    listed, tests = lines('exceptions.txt'), [line.split()[0] for line in lines('tests.txt')]
    if len(listed) > UPSTREAM_EXCEPTIONS:
        yield '%d exceptions, not %d' % (len(listed), UPSTREAM_EXCEPTIONS)
    for line in listed:
        if not line.partition('#')[2].strip():
            yield 'no reason: %s' % line
    strict = ('taskgroups', 'timeouts', 'waitfor', 'locks', 'queues', 'runners', 'futures', 'tasks')
    others = {file for file in tests if file[5:] not in strict}
    for files, least in [({'test_' + file}, 0.97) for file in strict] + [(others, 0.9)]:
        passing = 1 - sum(line.split()[0] in files for line in listed) / sum(file in files for file in tests)
        if passing < least:
            yield '%s: %.1f %%' % (', '.join(sorted(files)), 100 * passing)


# What a script says of asyncio: a line for each row of the table, the names there and those that only raise.
ASYNCIO_NAMES = '''
import asyncio, types, warnings
warnings.simplefilter("ignore")
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
abstract = asyncio.AbstractEventLoop
timer = loop.call_later(9, print)
timer.cancel()
things = {"the event loop": loop, "the policy": asyncio.get_event_loop_policy(), "TimerHandle": timer,
          "Condition": asyncio.Condition()}
def public(thing):
    names = [n for n in dir(thing) if not n.startswith("_") and not isinstance(getattr(thing, n), types.ModuleType)]
    if thing is loop:
        names = [n for n in names if not hasattr(abstract, n) or getattr(type(loop), n) is not getattr(abstract, n)]
    return names
print("asyncio", *public(asyncio))
for row in ROWS:
    print(row.replace(" ", "_"), *public(things[row] if row in things else getattr(asyncio, row)))
loop.close()
'''


def asyncio_table(run):
    """docs/asyncio.md lists asyncio's names as the interpreter has them, and all that CPython 3.13 has, if it is here."""
    import record
    table, module = {}, [set(), set()]
    for where, there, gone in re.findall(r'^\| (.+?) \| (.*?) \| (.*?) \|$', read('docs/asyncio.md').partition('## Name by name')[2]
                                         .partition('\nBeyond')[0], re.M)[1:]:
        names = [set(re.findall(r'`(\w+)`', column)) for column in (there, gone)]
        if where.startswith('`asyncio.'):
            module = [a | b for a, b in zip(module, names)]
        else:
            table[where.strip('`')] = names
    script = 'ROWS = %r\n' % list(table) + ASYNCIO_NAMES
    for program in filter(None, (run.binary, record.find_python('3.13'))):
        p = subprocess.run([program, '-c', script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if p.returncode:
            yield p.stderr.decode()
        found = {line.split()[0].replace('_', ' '): set(line.split()[1:]) for line in p.stdout.decode().splitlines()}
        for where, (there, gone) in [('asyncio', module), *table.items()]:
            names = found.get(where, set())
            if program == run.binary:
                yield from ('%s: %s is not there' % (where, name) for name in sorted(there - names))
                yield from ('%s: %s is there' % (where, name) for name in sorted(gone & names))
            else:
                yield from ('%s: %s is not listed' % (where, name) for name in sorted(names - there - gone))


RULES = [include_rule, file_length, opening_comment, sources_listed, no_conflict, exported_symbols, needed_libraries,
         public_functions, public_functions_tested, no_mutable_state, public_header, headers_alone, readme_program,
         commands_exist, deviations_named, asyncio_table, upstream_exceptions, bytecode_page,
         bench_programs]
OF_PLAIN_BUILDS = {exported_symbols, needed_libraries, public_functions, no_mutable_state, headers_alone, public_header,
                   readme_program}
