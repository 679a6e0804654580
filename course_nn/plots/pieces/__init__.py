"""Pieces that move: pictures that a reader operates, with the real network in their script."""
