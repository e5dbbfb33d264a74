# Runs a program of bench/ under MicroPython, which has no clock of CPU time, and whose asyncio has only the core.
# usage: micropython launch/with_micropython.py FILE SIZE [ARGUMENT]
import sys
import time


class Time:
    process_time = time.time
    time = time.time


try:
    import asyncio
except ImportError:
    import uasyncio as asyncio

    sys.modules['asyncio'] = asyncio
sys.modules['time'] = Time
path = sys.argv[1]
sys.argv.pop(0)
with open(path) as f:
    exec(f.read(), {'__name__': '__main__'})
