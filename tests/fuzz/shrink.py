"""Makes a program small that still shows what it shows: shrink.smaller(text, holds).

Statements are left out, in halves and then one by one, and compound ones replaced by what is in them, as long as
holds(text) stays true.
"""
import ast


def smaller(text, holds):
    """The smallest text found by leaving things out for which holds() is true."""
    comments = [line for line in text.splitlines() if line.startswith('#')]
    tree = ast.parse(text)
    best = text

    def attempt():
        nonlocal best
        try:
            now = '\n'.join(comments + [ast.unparse(ast.fix_missing_locations(tree)), ''])
        except (ValueError, AttributeError):
            return False
        if now == best or not holds(now):
            return False
        best = now
        return True

    again = True
    while again:
        again = False
        for block in list(blocks(tree)):
            again |= thin(block, attempt)
    return best


def blocks(node):
    """All lists of statements, outer ones first."""
    for name in ('body', 'orelse', 'finalbody'):
        body = getattr(node, name, None)
        if isinstance(body, list) and body:
            yield body
    for child in ast.iter_child_nodes(node):
        yield from blocks(child)


def thin(block, attempt):
    """Leaves statements of a block out, or puts in their places what is in them."""
    changed = False
    size = len(block)
    while size:
        at = 0
        while at < len(block):
            kept = block[at:at + size]
            for instead in replacements(kept):
                before = block[:]
                block[at:at + size] = instead
                if not block:
                    block.append(ast.Pass())
                if block != before and attempt():
                    changed = True
                    break
                block[:] = before
            else:
                at += size
                continue
            if instead:
                at += len(instead)
        size //= 2
    return changed


def replacements(statements):
    if len(statements) > 1 or not isinstance(statements[0], ast.Pass):
        yield []
    if len(statements) == 1:
        only = statements[0]
        if isinstance(only, (ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, ast.Try, ast.If, ast.TryStar)):
            yield only.body
            if getattr(only, 'finalbody', None):
                yield only.body + only.finalbody
