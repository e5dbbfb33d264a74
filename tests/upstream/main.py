"""Runs the tests of one of upstream's files: main.py FILE [unittest's options]. UPSTREAM_TESTS names their folder."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def stand_ins():
    """Modules that the files import but that the tests run here do not need: where the interpreter has none."""
    folder = os.path.join(HERE, 'standins')
    for entry in sorted(os.listdir(folder)):
        name = entry[:-len('.py')]
        try:
            __import__(name)
        except ImportError:
            sys.path.append(folder)
            __import__(name)
            sys.path.remove(folder)


if __name__ == '__main__':
    stand_ins()
    import unittest
    unittest.main(module=None)
