"""The digits, as a file."""
