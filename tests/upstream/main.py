import sys, unittest
unittest.main(module=None)
