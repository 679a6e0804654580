"""Wrong answers to the questions of lesson 10, and how each slip is named."""

from course_exercises import sgd_against_batch

WRONG = [
    (sgd_against_batch.q1, "updates_before = (7, 2, 1)", "itself does not count"),
    (sgd_against_batch.q1, "updates_before = (6, 2, 0)", "in the next batch"),
    (sgd_against_batch.q1, "updates_before = (6, 1, 1)", "after example 10"),
    (sgd_against_batch.q1, "updates_before = (6, 6, 0)", "not one for each"),
    (sgd_against_batch.q1, "updates_before = (6, 6, 6)", "SGD three times"),
    (sgd_against_batch.q1, "updates_before = (0, 1, 6)", "other way round"),
    (sgd_against_batch.q1, "updates_before = (0, 2, 6)", "in the same batch"),
    (sgd_against_batch.q1, "updates_before = (10, 3, 1)", "whole epoch"),
    (sgd_against_batch.q1, "updates_before = 6", "3 numbers are wanted"),
    (sgd_against_batch.q2, "scatter_and_examples = (0.05, 64)", "divided by 16"),
    (sgd_against_batch.q2, "scatter_and_examples = (0.05, 8)", "twice"),
    (sgd_against_batch.q2, "scatter_and_examples = (0.2, 8)", "not enough"),
    (sgd_against_batch.q2, "scatter_and_examples = (0.2, 32)", "more than twice"),
    (sgd_against_batch.q2, "scatter_and_examples = (3.2, 64)", "not rougher"),
    (sgd_against_batch.q2, "scatter_and_examples = (0.8, 64)", "less scatter"),
    (sgd_against_batch.q2, "scatter_and_examples = (64, 0.2)", "first the scatter"),
    (sgd_against_batch.q2, "scatter_and_examples = (0.4, 64)", "for four examples"),
    (sgd_against_batch.q3, "fair = 'a'", "Each needs its own"),
    (sgd_against_batch.q3, "fair = 'b'", "moving weights"),
    (sgd_against_batch.q3, "fair = 'd'", "looks too good"),
]
