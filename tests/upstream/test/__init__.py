"""Stands in for CPython's package `test`: the helpers are reduced ones, the test files are upstream's own."""
