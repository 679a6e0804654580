"""What the lessons do not keep yet. These lists may only shrink, and go when they are empty."""

# Lessons of the main path that take more than an hour by the formula, with their minutes.
OVER_AN_HOUR: dict[str, int] = {}

# Further lessons with fewer than three exercises, with their number.
FEW_EXERCISES: dict[str, int] = {}
