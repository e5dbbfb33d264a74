#!/usr/bin/env python3
"""Make of the whole library one C file: aiovm.c, to be compiled beside a copy of include/aiovm.h.

usage: embed/amalgamate.py BUILD FOLDER

The core without libuv: what the C files of the layers hold, in the order of the layers, each header once, before the
first that includes it. Statics keep their short names in the sources; here each gets its file's name in front, so that
those of different files don't clash. BUILD has what the build makes: scanner, grammar, frozen modules.
"""
import json
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LAYERS = ('base', 'lexer', 'parser', 'compiler', 'loop', 'vm', 'stdlib', 'embed')
WITHOUT_LIBUV = {'loop/backend_uv.c': 'loop/backend_poll.c'}
OF_GENERATED = ('unused-variable', 'unused-parameter', 'sign-compare', 'implicit-fallthrough')  # warnings that they may cause
OF_THE_SYSTEM = {'vm/dispatch.c': ['L_SET']}  # macros of headers that others include, and that a file has other uses for
PUBLIC = 'include/aiovm.h'

HEAD = '''\
/* aiovm %s: the aio interpreter in one file, with aiovm.h beside it. Made by `./dev amalgamate`: change the sources instead.
 *
 *     cc -O2 -ffp-contract=off -c aiovm.c
 *     cc program.c aiovm.o -lutf8proc -lm -lpthread
 *
 * (-ffp-contract=off matters where the processor multiplies and adds at once: floats are to be CPython's.)
 *
%s */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "aiovm.h"
%s
#define AIO_VERSION "%s"
#define AIO_COMPILER 1
#pragma GCC visibility push(hidden)
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wunused-function" /* of what headers define, not all is used */
'''

TOKEN = re.compile(r'''(?P<skip>//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(?P<word>[A-Za-z_]\w*)'''
                   r'''|(?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)|(?P<sign>->|\.\.\.|\#\#|.)|(?P<line>\n)''', re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"[^\n]*$', re.M)
SYSTEM = re.compile(r'^[ \t]*#[ \t]*include[ \t]*<[^>]+>', re.M)
DEFINE = re.compile(r'^[ \t]*#[ \t]*define[ \t]+(\w+)(\(([^)]*)\))?((?:[^\n\\]|\\.)*)', re.M | re.S)


def bare(text):
    """Without comments; strings are empty."""
    return TOKEN.sub(lambda m: (' ' if m['skip'][0] == '/' else m['skip'][0] * 2) if m['skip'] else m[0], text)


# --- which arguments of macros are names of something else: text, parts of words, members

def macros_in(text):
    """-> {name: (parameters, body)} of the function-like ones"""
    found = {}
    for m in DEFINE.finditer(bare(text)):
        if m[2]:
            names = [p.strip() for p in m[3].split(',')]
            found.setdefault(m[1], []).append((names, m[4]))
    return found


def literal_arguments(macros, known):
    """-> {macro: set of positions whose arguments mean something else than the name of a static}, with the known ones"""
    literal = dict(known)
    changed = True
    while changed:
        changed = False
        for name, forms in macros.items():
            for params, body in forms:
                for at, param in enumerate(params):
                    if at in literal.get(name, ()):
                        continue
                    if param in ('', '...'):
                        continue
                    word = re.escape(param)
                    if (re.search(r'#\s*%s\b|\b%s\s*##|(?:->|\.)\s*%s\b' % (word, word, word), body) or
                            handed_on(param, body, literal)):
                        literal[name] = literal.get(name, set()) | {at}
                        changed = True
    return literal


def handed_on(param, body, literal):
    """Whether the macro's body gives the parameter to another macro, as such an argument."""
    for m in re.finditer(r'\b(\w+)\s*\(', body):
        if m[1] in literal:
            args = arguments(body, m.end())
            if any(at in literal[m[1]] and arg.strip() == param for at, arg in enumerate(args)):
                return True
    return False


def arguments(text, start):
    args, depth, begin = [], 0, start
    for at in range(start, len(text)):
        c = text[at]
        if c in '([{':
            depth += 1
        elif c in ')]}' and depth:
            depth -= 1
        elif c == ')' or c == ',' and not depth:
            args.append(text[begin:at])
            begin = at + 1
            if c == ')':
                break
    return args


# --- what a file keeps to itself

def own_names(text):
    """-> (functions and variables, types and constants) that only this file knows"""
    plain = re.sub(r'^[ \t]*#(?:[^\n\\]|\\.)*', '', bare(text), flags=re.M | re.S)
    things, types = set(), set()
    flat, depth = [], 0
    for c in plain:  # the text outside of all braces, a {} for each pair
        if c == '}':
            depth -= 1
        if depth == 0:
            flat.append(c)
        if c == '{':
            depth += 1
    flat = ''.join(flat)
    for m in re.finditer(r'\bstatic\b([^;{]*)[;{]', flat):
        part = re.sub(r'__attribute__\s*\(\(.*?\)\)', '', m[1])
        function = re.match(r'[^=(]*?\b(\w+)\s*\(', part)
        if function and '=' not in part[:function.end()]:
            things.add(function[1])
            continue
        for piece in re.split(r',(?![^\[(]*[\])])', part.split('=')[0]):
            variable = re.search(r'(\w+)\s*(?:\[[^\]]*\]\s*)*$', piece)
            if variable:
                things.add(variable[1])
    for m in re.finditer(r'\btypedef\b[^;]*?\(\s*\*\s*(\w+)\s*\)|\btypedef\b[^;()]*?(\w+)\s*(?:\[[^\]]*\])?\s*;', flat):
        types.add(m[1] or m[2])
    for m in re.finditer(r'\b(?:struct|union|enum)\s+(\w+)\s*\{', flat):
        types.add(m[1])
    for m in re.finditer(r'\benum\b\s*\w*\s*\{(.*?)\}', plain, re.S):
        types |= set(re.findall(r'(?:^|,)\s*([A-Za-z_]\w*)', m[1]))
    words = set('struct union enum const int char void inline static'.split())
    return things - words, types - words


def shared(name):
    return name.startswith(('avm_', 'Avm', 'AVM_', 'aiovm_', 'AIOVM_'))


def renamed(text, prefix, things, types, literal):
    """The text with the file's own names changed, where they mean what is the file's own."""
    pasted = set(re.findall(r'(\w+)\s*##', bare(text)))
    names = {n for n in things | types if not any(n.startswith(p) for p in pasted)}
    out, last = [], ''
    stack = []  # of open brackets: (kind, macro, argument)
    word_before = ''
    body_next = False  # a struct or union is being declared: its braces hold members
    for m in TOKEN.finditer(text):
        piece = m[0]
        if m['skip'] or m['line'] or piece.isspace():
            out.append(piece)
            continue
        if m['word']:
            quiet = last in ('.', '->') or any(macro in literal and at in literal[macro] for _, macro, at in stack)
            member = stack and stack[-1][0] == 'members' and piece in things
            if piece in names and not quiet and not member and not (last == '#'):
                out.append(prefix + piece)
            else:
                out.append(piece)
            if piece in ('struct', 'union'):
                body_next = True
            elif last not in ('struct', 'union'):
                body_next = False
        else:
            out.append(piece)
            if piece in '({[':
                kind = 'members' if piece == '{' and body_next else piece
                stack.append((kind, word_before if piece == '(' else '', 0))
            elif piece in ')}]' and stack:
                stack.pop()
            elif piece == ',' and stack:
                kind, macro, at = stack[-1]
                stack[-1] = (kind, macro, at + 1)
            body_next = False
        word_before = piece if m['word'] else ''
        last = piece
    return ''.join(out)


# --- the file

class Amalgam:
    def __init__(self, build):
        self.build = build
        self.seen = set()
        self.out = []
        self.files = self.listed()
        headers = [os.path.relpath(os.path.join(where, name), TOP) for folder in LAYERS
                   for where, _, names in os.walk(os.path.join(TOP, folder)) for name in names if name.endswith('.h')]
        self.literal = literal_arguments(macros_in('\n'.join(map(self.read, headers))), {'offsetof': {1}})

    def listed(self):
        """The C files of the layers, as the build knows them, from the top or from the build folder."""
        with open(os.path.join(self.build, 'meson-info', 'intro-targets.json'), encoding='utf-8') as f:
            targets = {t['name']: t for t in json.load(f) if t['type'] == 'static library'}
        found = []
        for layer in LAYERS:
            for name in (layer + '_generated', layer):
                for group in targets[name]['target_sources'] if name in targets else ():
                    for path in group.get('sources', []) + group.get('generated_sources', []):
                        root = self.build if path.startswith(self.build + os.sep) else TOP
                        relative = os.path.relpath(path, root)
                        if relative.endswith('.c'):
                            found.append(WITHOUT_LIBUV.get(relative, relative))
        return found

    def read(self, path):
        for root in (TOP, self.build):
            whole = os.path.join(root, path)
            if os.path.exists(whole):
                with open(whole, encoding='utf-8') as f:
                    return f.read()
        sys.exit('amalgamate: there is no ' + path)

    def is_generated(self, path):
        return not os.path.exists(os.path.join(TOP, path))

    def spread(self, text):
        """The text with what it includes in place of the lines that do."""
        parts, at = [], 0
        for m in INCLUDE.finditer(text):
            parts += [text[at:m.start()], self.included(m[1])]
            at = m.end()
        return ''.join(parts) + text[at:]

    def included(self, path):
        if path == PUBLIC or path.endswith('.h') and path in self.seen:
            return ''
        self.seen.add(path)
        return self.spread(self.read(path))

    def add(self, path):
        text = self.read(path)
        things, types = own_names(text)
        things, types = ({n for n in names if not shared(n)} for names in (things, types))
        prefix = re.sub(r'\W', '_', os.path.splitext(path)[0]) + '_'
        literal = literal_arguments(macros_in(text), self.literal)
        generated = self.is_generated(path)
        # Headers first: their text is nobody's own.
        parts, at = [], 0
        for m in INCLUDE.finditer(text):
            parts += [(True, text[at:m.start()]), (False, self.included(m[1]))]
            at = m.end()
        parts.append((True, text[at:]))
        body = self.rename_parts(parts, prefix, things, types, literal)
        # Macros end with their file, and those of a header with the file that includes it first.
        texts = [text] + [included for is_own, included in parts if not is_own]
        defined = [m[1] for text in texts for m in DEFINE.finditer(text) if not shared(m[1])]
        self.out.append('\n/* ---- %s */\n' % path)
        self.out += ['#undef %s\n' % name for name in OF_THE_SYSTEM.get(path, ())]
        if generated:
            self.out.append('#pragma GCC diagnostic push\n' + ''.join(
                '#pragma GCC diagnostic ignored "-W%s"\n' % name for name in OF_GENERATED))
        self.out.append(body.rstrip('\n') + '\n')
        if generated:
            self.out.append('#pragma GCC diagnostic pop\n')
        self.out += ['#undef %s\n' % name for name in dict.fromkeys(defined)]

    def rename_parts(self, parts, prefix, things, types, literal):
        """An include may stand within a table or a function: the file's own text is looked at as a whole."""
        mark = '/*@%d@*/'
        own = ''.join(text if is_own else mark % at for at, (is_own, text) in enumerate(parts))
        own = renamed(own, prefix, things, types, literal)
        return re.sub(r'/\*@(\d+)@\*/', lambda m: parts[int(m[1])][1], own)

    def text(self):
        version = re.search(r"version: '([^']+)'", self.read('meson.build'))[1]
        terms = ''.join(' * ' + line + '\n' if line else ' *\n' for line in self.read('LICENSE').rstrip().split('\n'))
        for path in self.files:
            self.add(path)
        body = ''.join(self.out)
        # What the system's headers declare is not hidden with the rest, so they come first.
        headers = dict.fromkeys(line.strip() for line in SYSTEM.findall(body))
        return HEAD % (version, terms, '\n'.join(headers), version) + re.sub(SYSTEM.pattern + r'[^\n]*\n', '', body, flags=re.M)


def main():
    build, folder = (os.path.abspath(path) for path in sys.argv[1:3])
    os.makedirs(folder, exist_ok=True)
    amalgam = Amalgam(build)
    for name, text in (('aiovm.c', amalgam.text()), ('aiovm.h', amalgam.read(PUBLIC))):
        with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
            f.write(text)


if __name__ == '__main__':
    main()
