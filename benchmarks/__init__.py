"""Measurements, as ratios in one run: `python3 run.py bench [import] [update] [digits]`."""
