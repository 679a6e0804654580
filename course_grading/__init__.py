"""The instructor's wing: from a folder of submissions to grades and feedback.

    course-grading grade SUBMISSIONS --assignment hw2 --out RESULTS

The way of a submission, file by file:

* `submissions`, `roster`: find the notebooks in a folder or a zip, and whose they are;
* `notebook`: read its cells, whatever state it is in;
* `handout`, `assignments`, `rubric`: what was handed out, what is asked, what it is worth;
* `sandbox`: run it where it can do no harm; `self_attack` proves that first;
* `channel`: read what comes out, and believe nothing;
* `grading`, `marking`: from the public and the hidden numbers to points and words;
* `whole_class`: all of them, on all cores, whatever they do;
* `record`, `results`, `feedback`: tables, and a page for each student;
* `written`, `questions`: the answers in words, for a person, with the questions beside them.

And before that: `homework` builds the student versions with nbgrader, `release` writes the tree
that students get, `leaks` looks for solutions in both.

It uses `course_nn` by its public names, and `course_nn` does not know it.
"""
