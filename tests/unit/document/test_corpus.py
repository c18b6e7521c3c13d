"""Documents in the manner of many writers, annotated by hand before any parser read them."""

from pathlib import Path

import pytest
import yaml

from runbook_tui.document.reader import read

CORPUS = Path(__file__).parent / "corpus"
NAMES = sorted(path.stem for path in CORPUS.glob("*.md"))
NO_CLAIM = {"output", "config", "env-file", "not-shell"}  # listed so that nothing is lost, and said to be no command


def gold(name):
    return yaml.safe_load((CORPUS / f"{name}.yaml").read_text()) or []


def found(name):
    runbook = read((CORPUS / f"{name}.md").read_bytes(), f"{name}.md")
    return [command for command in runbook.commands if command.why_not not in NO_CLAIM]


def matches(wanted, command):
    return wanted["line"] == command.line and command.text.startswith(wanted["text"].rstrip(" \\"))


def compared(name):
    """Pairs of what was wanted and found; what was missed; what was invented."""
    rest = found(name)
    pairs, missed = [], []
    for wanted in gold(name):
        hit = next((command for command in rest if matches(wanted, command)), None)
        if hit is None:
            missed.append((wanted["line"], wanted["text"]))
        else:
            rest.remove(hit)
            pairs.append((wanted, hit))
    return pairs, missed, [(command.line, command.text, command.runnable) for command in rest]


def test_most_commands_are_found_and_few_are_invented():
    results = [compared(name) for name in NAMES]
    hits = sum(len(pairs) for pairs, _, _ in results)
    missed = [item for _, lost, _ in results for item in lost]
    invented = [item for _, _, more in results for item in more]
    assert hits / (hits + len(missed)) >= 0.95, missed
    assert hits / (hits + len(invented)) >= 0.95, invented


@pytest.mark.parametrize("name", NAMES)
def test_nothing_else_is_offered_to_run(name):
    pairs, _, invented = compared(name)
    assert [item for item in invented if item[2]] == []
    assert [(w["line"], w["text"]) for w, command in pairs if command.runnable and not w["runnable"]] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_can_run_is_offered_with_its_effect(name):
    pairs, _, _ = compared(name)
    assert [
        (w["line"], w["text"], command.why_not) for w, command in pairs if w["runnable"] and not command.runnable
    ] == []
    assert [
        (w["line"], w["text"], w["effect"], str(command.effect))
        for w, command in pairs
        if str(command.effect) != w["effect"]
    ] == []
