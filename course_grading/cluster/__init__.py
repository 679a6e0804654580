"""A class on a cluster: submissions run in boxes on other machines, and are judged on this one."""
