#!/usr/bin/env python3
"""Measure aio beside the peers installed here: interleaved in one run, pinned to one core, medians.

usage: ./dev bench [--quick] [NAME ...]           the table; NAME is a row or a folder (core, async, start, embed)
       ./dev bench --instructions [NAME ...]      instructions an operation: counts that noise does not touch
       ./dev bench --against REV [NAME ...]       this tree beside an older revision, built for the purpose
       ./dev bench --curves [NAME ...]            cost over size; all of them are drawn in docs/
"""
import argparse
import contextlib
import os
import sys

import against
import curves
import instructions
import measure
import peers
import report
import targets
import workloads


def options():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0], usage=__doc__.split('usage:')[1].strip())
    ap.add_argument('names', nargs='*', metavar='NAME', help='rows or folders; all of them if none is named')
    ap.add_argument('--bin', default=os.path.join(peers.TOP, 'build', 'release', 'aio'), help='the aio to measure')
    ap.add_argument('--quick', action='store_true', help='one round, a quarter of the work')
    ap.add_argument('--rounds', type=int, default=3)
    ap.add_argument('--only', action='append', metavar='PEER', help=', '.join(peers.KINDS))
    ap.add_argument('--floors', action='store_true', help='exit with 1 if a figure misses what it must reach')
    ap.add_argument('--json', metavar='FILE')
    ap.add_argument('--markdown', metavar='FILE')
    ap.add_argument('--instructions', action='store_true',
                    help='count instructions instead of seconds, of aio or of those that --only names')
    ap.add_argument('--curves', action='store_true', help='cost over size: ' + ', '.join(c.name for c in curves.CURVES))
    ap.add_argument('--against', metavar='REV', help='compare with this revision instead of with the peers')
    return ap.parse_args()


def main():
    asked = options()
    chosen = (curves if asked.curves else workloads).named(asked.names)
    if not chosen:
        print('nothing is called ' + ' '.join(asked.names), file=sys.stderr)
        return 2
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if asked.curves:
        return 1 if curves.run(chosen, asked.bin) and asked.floors else 0
    with columns(asked) as who:
        if asked.instructions:
            figures = instructions.count(chosen, who)
        else:
            figures = measure.run(chosen, who, 1 if asked.quick else asked.rounds, asked.quick)
    print(report.table(figures))
    print(report.footnote(figures))
    missed = 0 if asked.against or asked.instructions else targets.judge(figures)
    write(asked, figures)
    return 1 if figures.wrong or asked.floors and (missed or figures.troubles) else 0


@contextlib.contextmanager
def columns(asked):
    """The peers to measure, aio first."""
    if asked.against:
        with against.built(asked.against) as binary:
            yield [peers.aio(asked.bin), peers.aio(binary, 'aio at ' + asked.against, 'old')]
    else:
        yield peers.installed(asked.bin, asked.only or (['aio'] if asked.instructions else None))


def write(asked, figures):
    for path, text in (asked.json, report.as_json), (asked.markdown, report.as_markdown):
        if path:
            with open(path, 'w') as f:
                f.write(text(figures))


if __name__ == '__main__':
    sys.exit(main())
