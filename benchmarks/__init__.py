"""Measurements, as ratios in one run: `python3 run.py bench`, all or those that are named."""
