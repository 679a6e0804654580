"""python3 run.py exam --seed 7 --out exam/"""

import sys

from course_grading.exams.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
