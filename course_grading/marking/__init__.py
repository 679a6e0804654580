"""From a notebook to points, by the rubrics of the assignments."""
