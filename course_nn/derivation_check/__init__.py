"""The graph reads your derivation: text to formulas, formulas to numbers, numbers to verdicts."""
