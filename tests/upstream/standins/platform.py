"""Imported by a test file, used by none of the tests that are run."""
