"""Marks a derivation as the key says: line by line, and with what stands above it."""

import numpy as np

import course_nn as nn
from course_grading.exams import lines, witnesses
from course_grading.exams.questions import derivation
from course_nn.derivation_check.judgement import Verdict


def marked(question, text):
    """The points of these lines, `a.grad = …`, by what they are about."""
    network = question.facts["network"]
    loss = network.graph(network.draw(np.random.default_rng(1), 2))
    report = nn.check_derivation(loss, text)
    judged = {line.text.partition("=")[0].strip(): line for line in report.lines}
    tried = derivation.trials(network)
    points = {}
    for line in question.key:
        mine = judged.get(line.about)
        if mine is not None and mine.verdict in (Verdict.HOLDS, Verdict.FOLLOWS):
            points[line.about] = line.points
        elif mine is None:
            points[line.about] = 0
        else:
            same = [
                w.points for w in line.wrong if gives_the_same(mine.text, w.text, question, tried)
            ]
            points[line.about] = max(same, default=0)
    return points


def gives_the_same(mine, usual, question, tried):
    """Whether two lines give the same numbers; a text of a student may have any form."""
    network = question.facts["network"]
    for values, gradients in tried:
        try:
            both = [
                lines.worth(lines.set_as_on_paper(t), network, values, gradients)
                for t in (mine, usual)
            ]
        except (ValueError, KeyError, SyntaxError, TypeError):
            return False
        if not witnesses.is_close(*both):
            return False
    return True
