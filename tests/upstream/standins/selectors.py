"""Imported by a test file, which runs a loop for each selector that there is: here the one that there is."""
