"""The questions of the homework, and what they are made of."""
