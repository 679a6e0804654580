"""From what was handed in to a notebook of a known student."""
