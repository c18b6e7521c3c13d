import re
import warnings
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbook_tui.run.masking import Masker
from runbook_tui.run.recognising import recogniser
from tests.secret_nearness import nearness
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
    assert all(recogniser()._alone(number)[0] for number in range(len(recogniser())))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_line_ends_stay_as_they_are(end: str) -> None:
    masker = Masker()
    data = f"a {'ghp_' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6'}{end}".encode()
    assert masker.feed(data) + masker.finish() == f"a ***{end}".encode()


def test_what_a_rule_asks_at_least_is_derived_from_it() -> None:
    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        assert all(rule.near == nearness(rule.pattern) for rule in recogniser()._rules)


def test_no_secret_is_missed_by_looking_at_blocks_first() -> None:
    """What RE2 finds with every rule, it finds with those that a block's automaton names."""
    rules = recogniser()
    lines = {kind: line.encode() + b"\n" for kind, line, _ in true_lines(each=1)}
    for line in lines.values():
        assert rules.secrets(line) == rules.secrets(line, range(len(rules)))


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_a_rule_matches_the_automaton_names_it(data: st.DataObject) -> None:
    rules = recogniser()
    number = data.draw(st.sampled_from(sorted(PLAIN)))
    text = data.draw(st.from_regex(re.compile(PLAIN[number]), fullmatch=True)).encode() + b"\n"
    matches = rules._alone(number)[0].finditer(text)
    if any(not re.search(rb"[\r\n]", match.group()[:-1]) for match in matches):
        assert number in {rule for _, rule in rules.near(text)}


def _plain() -> dict[int, str]:
    """Rules that the library makes examples of in no time."""
    found = {}
    for number, rule in enumerate(recogniser()._rules):
        if rule.pattern.count("(?i") <= 1 and rule.pattern.startswith((r"\b(", "(?i)(?:", r"(?i)\b")):
            tail = rule.pattern.replace("(?i)", "")
            if "(?i" not in tail and r"\z" not in tail and "[[" not in tail:
                found[number] = tail
    return found


PLAIN = _plain()
