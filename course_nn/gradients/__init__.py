"""Gradients checked: `check` by finite differences, `compare` against one's own array.

`slips` names what is wrong with that: a slip is recognised by what comes out of it, and `replay`
runs Backward with its line altered.
"""
