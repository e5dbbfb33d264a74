"""The package of asyncio's tests: utils.py is ours, the test files are found where Debian installs them."""

import os

__path__.append(os.environ['UPSTREAM_TESTS'])
