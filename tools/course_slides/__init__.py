"""Slides of the lessons, for instructors: `run.py slides`.

`plans` reads what is on which slide from `teaching/slides`, and finds what cannot be shown.
`decks` makes the pages, by nbconvert and reveal.js.
"""
