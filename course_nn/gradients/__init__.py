"""Gradients checked by differences, and compared with one's own."""
