"""The kinds of questions: each file draws one, with its key, and tries it."""
