"""`python -m course_grading`."""

import sys

from course_grading.command_line import main

if __name__ == "__main__":
    sys.exit(main())
