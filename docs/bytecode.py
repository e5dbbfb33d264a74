#!/usr/bin/env python3
"""Make docs/bytecode.md from compiler/opcodes.def, the one list of instructions. usage: ./dev docs"""
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIST = os.path.join(TOP, 'compiler', 'opcodes.def')
PAGE = os.path.join(TOP, 'docs', 'bytecode.md')


def page():
    with open(LIST, encoding='utf-8') as f:
        lines = f.read().splitlines()
    out = ['# Bytecode', '', '<!-- Made from compiler/opcodes.def by ./dev docs. Do not edit. -->', '']
    table = False
    comment = []
    for line in lines:
        row = re.match(r'OP\((\w+),\s*(\w+),\s*"(.*)"\)', line)
        section = re.match(r'// --- (.*)', line)
        if section:
            out += ['', '## ' + section[1][0].upper() + section[1][1:], '', '| | operands | |', '|---|---|---|']
            table = True
        elif row:
            out.append('| `%s` | %s | %s |' % (row[1], row[2], row[3].replace('\\"', '"').replace('|', '\\|')))
        elif line.startswith('//') and not table:
            comment.append(line[2:])
    text = []
    for c in comment:
        code = c.startswith('   ')
        if code != bool(text and text[-1].startswith('    ')):
            text.append('')
        text.append('    ' + c[3:] if code else c.strip())
    return re.sub(r'\n{3,}', '\n\n', '\n'.join(out[:4] + text + out[4:])) + '\n'


if __name__ == '__main__':
    with open(PAGE, 'w', encoding='utf-8') as f:
        f.write(page())
    sys.exit(0)
