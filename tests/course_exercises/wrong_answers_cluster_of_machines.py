"""Wrong answers to the questions of the further lesson on many machines."""

from course_exercises import cluster_of_machines

MEAN = """
import numpy as np

def gradient_of_batch(sums, counts):
    n = len(sums)
    means = [S / B for S, B in zip(sums, counts)]
    return {}
"""
LOOP = """
def gradient_of_batch(sums, counts):
    total, rows = 0, 0
    for S, B in zip(sums, counts):
        total {} S
        rows {} B
    return total / rows
"""
TWO = """
def gradient_of_batch(sums, counts):
    return (sums[0] + sums[1]) / (counts[0] + counts[1])
"""

WRONG = [
    *(
        (cluster_of_machines.q1, MEAN.format(code), name)
        for code, name in (
            ("sum(means) / n", "that is the mean of the means"),
            ("np.mean(means, axis=0)", "that is the mean of the means"),
            ("sum(means)", "the means added up"),
            ("sum(sums)", "that is the sum"),
            ("sum(sums) / n", "divided by the number of machines"),
            ("sum(sums) / sum(counts) / n", "rows are enough"),
            ("sum(sums) / counts[-1]", "of the last machine alone"),
            ("sum(sums) / counts[0]", "of the first machine alone"),
            ("means[0]", "the first machine alone"),
            ("means[-1]", "the last machine alone"),
            ("sum(B * S for S, B in zip(sums, counts)) / sum(counts)", "sums already"),
            ("sum(sums) / np.prod(counts)", "product of the counts"),
            ("np.sum(sums) / sum(counts)", "keep the shape of W"),
            ("-sum(sums) / sum(counts)", "the sign"),
        )
    ),
    (cluster_of_machines.q1, LOOP.format("=", "="), "= overwrites"),
    (cluster_of_machines.q1, LOOP.format("+=", "="), "of the last machine alone"),
    (cluster_of_machines.q1, TWO, "any number"),
    *(
        (cluster_of_machines.q2, f"seconds = {code}", name)
        for code, name in (
            ("0.3", "the talking comes to it"),
            ("1.25", "shared by 4"),
            ("1.2", "without a cluster"),
            ("1.25 / 4", "not shared"),
            ("0.3 + 4 * 0.05", "not for each worker"),
            ("4.8 + 0.05", "a quarter of the rows"),
            ("0.05", "the talking alone"),
            ("0.3 - 0.05", "not subtracted"),
            ("350", "thousandths"),
            ("1 / 0.35", "updates per second"),
            ("20e-3 * 60_000 / 4 + 0.05", "a millionth is 1e-6"),
        )
    ),
    *(
        (cluster_of_machines.q3, f"mean_weight = {code}", name)
        for code, name in (
            ("1.03125", "that is batch learning"),
            ("0.75", "after one update"),
            ("1.75", "machine 1; take"),
            ("0.5", "machine 2; take"),
            ("2.25", "the sum of the two"),
            ("1", "machine 1 after one update"),
            ("-1.125", "the sign"),
            ("1.5", "not at 0 again"),
            ("1.25", "the difference"),
        )
    ),
    *(
        (cluster_of_machines.q4, f"batch_size = {code}", name)
        for code, name in (
            ("4000", "that is c / r;"),
            ("3200", "turned round: the batch"),
            ("20_000", "n times c / r"),
            ("800", "divided by n"),
            ("16_000", "times n − 1"),
            ("8000", "for two workers"),
            ("4000 * 4 / 3", "for four workers"),
            ("4800", "for six workers"),
            ("10e-6 / 0.04 * 5 / 4", "r / c is turned round"),
            ("0.05", "The size is wanted"),
            ("5", "a millionth is 1e-6"),
        )
    ),
]

OTHER_STYLES = [
    (
        cluster_of_machines.q1,
        LOOP.format("+=", "+=").replace("total, rows = 0, 0", "total = rows = 0.0"),
    ),
    (cluster_of_machines.q1, MEAN.format("np.average(means, axis=0, weights=counts)")),
    (cluster_of_machines.q1, MEAN.format("np.sum(sums, axis=0) / np.sum(counts)")),
    (cluster_of_machines.q3, "mean_weight = 9 / 8"),
]
