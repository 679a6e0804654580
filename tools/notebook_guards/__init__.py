"""The pytest plugin that runs the notebooks and guards what nbval does not see."""
