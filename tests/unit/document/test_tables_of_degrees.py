"""Tables whose columns are degrees with limits in the cells, and those that say what follows if a row does not hold."""

from __future__ import annotations

import pytest

from runbook_tui.document.reader import read

LIMITS = [
    ("frame_rate", "±2%", "2-5% off", "> 5% off"),
    ("loss", "< 0.6%", "0.6-1%", "> 1%"),
    ("p99_ms", "< 45", "45-60", "> 60"),
]
EVALS = [("helpdesk", "≥ 0.78"), ("toxicity", "≥ 0.985"), ("trivia", "≥ 0.52")]


def table(head, rows):
    lines = [head, "---".join("|" * (len(head.split(" | ")) + 1)), *map(" | ".join, rows)]
    return "\n".join(f"| {line.strip('|')} |" for line in lines)


def asked(head, rows):
    text = f"# Relay canary\n\n## 2. Look at it\n\n{table(head, rows)}\n\n## After\n\nx\n"
    return [str(one.polarity) for one in read(text.encode(), "a.md").triggers]


@pytest.mark.parametrize(
    "head",
    [
        "metric | fine | hold (ask in the channel) | kill it",
        "metric | ok | watch | stop",
        "what | keep going | slow down | pull it",
        "metric | OK | nervous | call it off",
        "metric | normal | warning | roll back now",
        "metric | continue | pause and ask | abort the canary",
        "metric | we are happy | we talk | we go back",
        "metric | acceptable | borderline | unacceptable",
    ],
)
def test_the_last_degree_stops(head):
    assert asked(head, LIMITS) == ["do"] * 3


def test_what_is_put_up_with_is_told_beside():
    rows = [
        ("status", "yellow for 45 min", "red, at all"),
        ("p95", "up to 1.5 s", "over 1.5 s"),
        ("errors", "none", "any"),
    ]
    assert asked("signal | tolerated | halt the roll", rows) == ["do", "dont", "do", "dont", "do"]


@pytest.mark.parametrize(
    ("head", "rows"),
    [
        ("case | expected | fail", [("GET /", "200", "500"), ("GET /x", "404", "200")]),
        ("severity | normal | critical", [("answer", "1 day", "1 hour"), ("update", "daily", "hourly")]),
        (
            "unit | start | stop",
            [("web", "systemctl start web", "systemctl stop web"), ("api", "make up", "make down")],
        ),
        ("item | good | bad", [("title", "short", "long"), ("body", "what and why", "nothing")]),
    ],
)
def test_other_columns_are_no_degrees(head, rows):
    assert asked(head, rows) == []


@pytest.mark.parametrize(
    "name", ["If below", "If not", "Otherwise", "If missed", "Below that", "Else", "If it isn't", "If worse"]
)
@pytest.mark.parametrize(
    ("stops", "goes_on"),
    [
        ("no release", "ok to release, tell research"),
        ("don't ship", "ship it, open a ticket"),
        ("not released", "released anyway"),
        ("do not promote", "promote, tell QA"),
        ("rejected", "accepted with a note"),
        ("wait for a fix", "can wait"),
    ],
)
def test_what_follows_if_a_row_does_not_hold(name, stops, goes_on):
    rows = [(*one, said) for one, said in zip(EVALS, (stops, stops, goes_on), strict=True)]
    assert asked(f"eval | must be | {name}", rows) == ["do", "do", "dont"]


@pytest.mark.parametrize("said", ["call the DBA", "open a ticket", "scale up"])
def test_another_measure_is_none(said):
    assert asked("metric | target | otherwise", [(*one, said) for one in EVALS]) == []


def test_who_holds_and_goes_no_higher_stops():
    rows = [
        ("errors above 1 %", "back to 0"),
        ("errors between 0.3 and 1 %", "hold the weight, don't go up"),
        ("blips", "keep going"),
    ]
    assert asked("what you see | call", rows) == ["do", "do", "dont"]
