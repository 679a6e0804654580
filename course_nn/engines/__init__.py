"""What runs the code that the graph writes for its updates."""
