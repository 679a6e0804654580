"""Boxes in which the code of submissions runs."""
