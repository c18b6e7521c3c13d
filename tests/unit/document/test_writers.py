"""What writers who had seen neither rbt nor its rules marked in their own runbooks is found, in 230 documents.

Each ten were looked at once before anything was learnt from them. Those first looks, pooled (precision/recall): ai to an
before there was a model of likeness boxes .94/.91, commands 1.0/.96, triggers .88/.67, sign-offs .94/.79; ao to as with one
for conditions alone .93/.93, .99/.95, .86/.75 and .95/.58. What is held here is what is known now.
"""

import pytest

from tests.writers import documents, score


@pytest.fixture(scope="module")
def counts():
    return score.total(documents())


@pytest.mark.parametrize(
    ("kind", "precision", "recall"),
    [("boxes", 0.98, 0.97), ("commands", 0.99, 0.96), ("triggers", 0.91, 0.94), ("signoffs", 0.98, 0.92)],
)
def test_what_was_marked_is_found_and_little_else(counts, kind, precision, recall):
    found = score.shares(counts[kind])
    assert found[0] >= precision, found
    assert found[1] >= recall, found
