"""Conditions below headings with words in brackets, behind code, and in a caution: found where they stand."""

import pytest

from runbook_tui.document.reader import read


def told(text):
    return [(one.line - 2, str(one.polarity)) for one in read(f"# T\n\n{text}\n".encode(), "places.md").triggers]


@pytest.mark.parametrize(
    "heading",
    [
        "Kill criteria (owner: Nina)",
        "Stop conditions (all stages)",
        "What would make us go back",
        "What makes us abort",
        "What forces us to roll back",
    ],
)
def test_a_heading_stands_over_conditions(heading):
    assert told(f"## {heading}\n\n- clicks down by 3 % after a day\n- p95 up by 20 ms") == [(3, "do"), (4, "do")]


@pytest.mark.parametrize("heading", ["What makes us different", "What we do", "Stop the services", "Kill list"])
def test_a_heading_that_sounds_like_it_does_not(heading):
    assert told(f"## {heading}\n\n- clicks down by 3 % after a day\n- p95 up by 20 ms") == []


def test_a_sentence_below_code_is_one_of_its_own():
    text = "## Steps\n\n1. `./go.sh`\n2. `curl -fsS https://api/health`\n   If this is not 200, stop and roll back."
    assert told(text) == [(5, "do")]


def test_code_inside_a_sentence_does_not_end_it():
    assert told("## Steps\n\nIf `http_errors`\nrises above 3 %, roll back.") == [(3, "do")]


@pytest.mark.parametrize("kind", ["CAUTION", "WARNING", "IMPORTANT"])
def test_a_caution_is_found_on_its_own_line(kind):
    assert told(f"## Steps\n\n> [!{kind}]\n> Do not continue if the backup is older than a day.\n\n1. `./go.sh`") == [
        (4, "do")
    ]
