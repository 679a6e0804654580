"""What a run leaves: records, tables, pages, and the written answers.

* `record`: what is known about a run and its submissions; `strict_json` reads it back;
* `display`: how texts and numbers are shown; `files`: how files are written, and locked;
* `tables`, `report`: for the instructor; `pages` with `templates`, `feedback`: for the student;
* `written`: the answers in words, out to a person, and their marks back in;
* `folder`: all of it together, of a run that may be stopped and goes on.
"""
