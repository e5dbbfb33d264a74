"""No processes."""
