"""What runs inside the sandbox.  These files are copied there; nothing else of the grader is."""
