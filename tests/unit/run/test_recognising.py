from collections import Counter

import pytest

from runbook_tui.run.masking import Masker
from runbook_tui.run.recognising import recogniser
from tests.unit.run.secret_corpus import look_alikes, true_lines

RECALL, FALSE = 0.93, 0.0  # of the corpus as a whole
KNOWN_TO_BE_MISSED = {"word password", "prose password"}  # nothing in their form tells: declare them


def masked(text: str) -> str:
    masker = Masker()
    data = text.encode() + b"\n"
    return (masker.feed(data) + masker.finish()).decode()[:-1]


def figures() -> tuple[Counter[str], Counter[str], Counter[str], Counter[str]]:
    """Secrets by kind, those that came through, look-alikes by kind, those that were changed."""
    secrets, missed, others, changed = Counter(), Counter(), Counter(), Counter()
    for kind, line, secret in true_lines(each=25):
        secrets[kind] += 1
        missed[kind] += secret in masked(line)
    for kind, line in look_alikes(each=25):
        others[kind] += 1
        changed[kind] += masked(line) != line
    return secrets, missed, others, changed


def test_recall_and_false_positives_on_the_corpus() -> None:
    secrets, missed, others, changed = figures()
    told = f"missed {dict(+missed)} of {secrets.total()}, wrongly masked {dict(+changed)} of {others.total()}"
    assert set(+missed) <= {*KNOWN_TO_BE_MISSED, "curl user"}, told
    assert missed["curl user"] <= 2, told
    assert 1 - missed.total() / secrets.total() >= RECALL, told
    assert changed.total() <= FALSE * others.total(), told


def test_every_rule_is_taken_by_re2() -> None:
    assert len(recogniser()) > 450
    assert all(recogniser()._alone(number, True) for number in range(len(recogniser())))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_line_ends_stay_as_they_are(end: str) -> None:
    masker = Masker()
    data = f"a {'ghp_' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6'}{end}".encode()
    assert masker.feed(data) + masker.finish() == f"a ***{end}".encode()
