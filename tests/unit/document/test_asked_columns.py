"""Tables whose columns answer whether one goes on, and tables of what was checked."""

import pytest

from runbook_tui.document.reader import read


def told(*rows):
    header, *body = rows
    ruler = " | ".join("---" for _ in header.split("|"))
    table = "\n".join(f"| {row} |" for row in (header, ruler, *body))
    return [str(one.polarity) for one in read(f"# Mill\n\n## Gate\n\n{table}\n".encode(), "m.md").triggers]


@pytest.mark.parametrize(
    ("rows", "polarities"),
    [
        (("Situation | Blocker?", "burst sack | yes", "dusty floor | no", "loud belt | no"), ["do", "dont", "dont"]),
        (("Finding | Class | Release?", "stones in flour | 1 | no", "label askew | 4 | yes"), ["do", "dont"]),
        (("Situation | Go back?", "burst sacks | yes", "loud belt | no"), ["do", "dont"]),
        (("Symptom | Acceptable?", "drift up to 400 g | yes", "drift over 800 g | no"), ["dont", "do"]),
        (
            (
                "Condition | Decision",
                "a press is down | NO-GO",
                "one scale is off | GO",
                "heat over 80 % | GO with approval",
            ),
            ["do", "dont", "consider"],
        ),
    ],
)
def test_columns_that_answer(rows, polarities):
    assert told(*rows) == polarities


@pytest.mark.parametrize(
    "rows",
    [
        ("Item | Accepted?", "Backup taken | yes", "Mail sent | no"),
        ("Situation | Blocker?", "burst sack | ask", "dusty floor | look"),
        ("Team | Decision", "Mill | GO", "Bakery | GO"),
        ("Step | Stop the press?", "Grind | yes", "Sweep | no"),
    ],
)
def test_columns_of_what_was_checked_or_is_done(rows):
    assert told(*rows) == []
