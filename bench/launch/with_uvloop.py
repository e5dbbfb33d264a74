# Runs a program of bench/ under CPython with uvloop as its event loop. usage: python3 launch/with_uvloop.py FILE [ARG]
import asyncio
import runpy
import sys

import uvloop

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name='__main__')
