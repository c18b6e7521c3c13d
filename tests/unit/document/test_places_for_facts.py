"""Places for what is measured, when it was and who somebody is: filled in, and signed by nobody."""

from __future__ import annotations

import pytest

from runbook_tui.document import facts
from runbook_tui.document.reader import read


def signers(text: str) -> list[str]:
    return [one.role for one in read(f"# Move\n\n{text}\n".encode(), "facts.md").signoffs]


@pytest.mark.parametrize(
    "row",
    [
        "- [ ] `orders`: ______",
        "- [ ] `web-1`: ____",
        "- [ ] Wave 1 started at __:__ by ______",
        "- [ ] Broker restarted on ____ by ____",
        "- [ ] **On-Call**: On-call engineer confirmed: ____________",
        "- [ ] Backup on-call engineer assigned: ____",
        "- [ ] Incident commander named: @____",
        "- [ ] Somebody from support watches the inbox (name: ____)",
        "- [ ] Two engineers are on the call (names: ____)",
        "- [ ] Rotate release manager: next is @________",
        "- [ ] Hand over the pager, next on call: @____",
        "**Cut-over date:** ____ / ____ / ______",
        "Backlog at start: ____   Backlog at end: ____",
        "Season: ______________  Done by: ______________",
        "Exceptions, if any: ______________________",
        "Decision: ☐ Go ☐ No-Go  Time: ______",
        "Report filed on: ____",
        "- [ ] Operator at the console (name): ____",
    ],
)
def test_a_fact_is_signed_by_nobody(row: str) -> None:
    assert signers(f"## Checks\n\n- [ ] Drain the host\n\n{row}") == []


@pytest.mark.parametrize(
    ("row", "who"),
    [
        (
            "- [ ] Someone other than the author reviews the diff: ____",
            "Someone other than the author reviews the diff",
        ),
        ("Restore approved by platform lead: ........", "platform lead"),
        ("Decision: [ ] GO  [ ] NO-GO    Duty manager: ________", "Decision"),
        ("Decision: [ ] GO  [ ] NO-GO   Signed: ________", "Decision"),
    ],
)
def test_an_answer_is_somebodys(row: str, who: str) -> None:
    assert signers(f"## Go or no-go\n\n{row}")[:1] == [who]


def test_names_at_the_head_are_fields_and_below_words_that_ask_are_hands():
    assert signers("Release manager: @________\nTarget date: ________\n\n## Work\n\n- [ ] Tag it") == []
    assert signers("Before you start both sign:\n\nDBA on duty: ________\n\nRecords on call: ________") != []


def test_readings_in_a_table_are_signed_by_nobody():
    head = "| Table | Rows before | Rows after | Match |\n|---|---|---|---|\n"
    assert signers(f"## Baseline\n\n{head}| users | ____ | ____ | |\n| orders | ____ | ____ | |") == []
    head = "## Sign-off\n\n| Role | Name | Date |\n|---|---|---|\n"
    assert signers(f"{head}| QA | ____ | ____ |\n| Ops | ____ | ____ |") == ["QA", "Ops"]


@pytest.mark.parametrize("piece", ["_", ".", "_ ", "a ", "Ab: ", "at __ ", "x/", "done by ", "(", "`a` "])
def test_long_rows_are_looked_at_once(piece: str) -> None:
    assert facts.asked(piece * 50_000, signing=False) is False
