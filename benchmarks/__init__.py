"""Measurements, as ratios in one run: `python3 run.py bench`, all or some of

import, update, digits, start, grading."""
