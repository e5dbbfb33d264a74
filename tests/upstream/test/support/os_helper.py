"""Names of files for tests."""

import os

TESTFN = f'@test_{os.getpid()}_tmp'


def unlink(filename):
    try:
        os.unlink(filename)
    except (FileNotFoundError, NotADirectoryError):
        pass
