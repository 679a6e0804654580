"""The instructor's wing: from a folder of submissions to grades and feedback.

    course-grading grade SUBMISSIONS --assignment hw2 --out RESULTS

The folders are the stations that a submission passes:

* `intake`: find the notebooks in a folder or a zip, and whose they are; read their cells, whatever
  state they are in;
* `sandbox`: run it where it can do no harm, read what comes out, and believe nothing; `self_attack`
  proves first that the walls hold;
* `marking`: what was handed out, what is asked and what it is worth; from the public and the hidden
  numbers to points and words;
* `results`: records, tables, a page for each student, and the answers in words, for a person.

`whole_class` sends all of them through, on all cores, whatever they do.  And before that,
`publishing` builds the student versions with nbgrader, writes the tree that students get, and looks
for solutions in both.

It uses `course_nn` by its public names, and `course_nn` does not know it.
"""
