collect_ignore = ["handed_out"]  # notebooks without outputs; test_notebooks_handed_out.py runs them
