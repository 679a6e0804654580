"""Batch learning on many machines: (1/N) Σ ∂Loss_i/∂W is a sum, and a sum can be taken in parts."""
