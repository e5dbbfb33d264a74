"""What the tests of asyncio need of CPython's test.support."""
