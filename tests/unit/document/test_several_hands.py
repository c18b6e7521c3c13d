"""Several hands on one line or in one row, and what is only filled in there."""

from __future__ import annotations

import pytest

from runbook_tui.document.reader import read


def roles(line, title="3. Gates", lead=""):
    text = f"# Upgrade of the shop\n\n## {title}\n\n{lead}\n\n{line}\n\n## Next\n\nx\n"
    return [slot.role for slot in read(text.encode(), "a.md").signoffs]


@pytest.mark.parametrize("lead", ["", "Gate approvals:"])
@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("Gate A: upgrade lead ________ / floor on-call ________", ["upgrade lead", "floor on-call"]),
        ("Hold point 2: shift lead ____ / duty DBA ____", ["shift lead", "duty DBA"]),
        ("Voided at ____:____   CA ____________   IW ____________", ["CA", "IW"]),
        ("Closed at __:__   Captain ______   Witness ______", ["Captain", "Witness"]),
        ("Release manager ______   QA lead ______   Date ______", ["Release manager", "QA lead"]),
        ("Phase 2 complete. Engineer: ____ Witness: ____ Time: ____", ["Engineer", "Witness"]),
        ("Passed at ____ — incident commander ____ / business owner ____", ["incident commander", "business owner"]),
    ],
)
def test_each_person_has_a_place_and_a_time_is_none(line, who, lead):
    assert roles(line, lead=lead) == who


@pytest.mark.parametrize("title", ["3. Gates", "Sign-off"])
@pytest.mark.parametrize(
    "line",
    [
        "Remarks: ______________________",
        "Comments / remarks: ____",
        "Observations: ____",
        "DR up at: ______   RTO achieved: ______",
        "Change number: CHG______   Date: ________   Lead engineer: ________",
        "Environment (circle/tick one):  [ ] DR   [ ] Production",
        "Host: ____ / Port: ____",
        "Before: ____ After: ____",
        "- [ ] Decider awake, reachable, and sober",
        "- [ ] Approver reachable by phone",
    ],
)
def test_what_is_filled_in_is_signed_by_nobody(line, title):
    assert roles(line, title) == []


def test_a_hand_behind_what_is_filled_in():
    assert roles("Ticket: ____   Approved by: ____", "Sign-off") != []


@pytest.mark.parametrize("fence", ["    {}", "```\n{}\n```"])
@pytest.mark.parametrize("said", ["{} OK:", "{} go:", "{}'s approval:"])
def test_assents_to_be_pasted(fence, said):
    both = [said.format("data owner"), said.format("incident commander")]
    code = fence.format("\n    ".join(both) if fence.startswith(" ") else "\n".join(both))
    assert roles(code, lead="Paste into the ticket:") == ["data owner", "incident commander"]
    assert roles("\n".join(both), lead="Paste into the ticket:") == ["data owner", "incident commander"]


@pytest.mark.parametrize("code", ["deploy OK:\n  all pods up", "server:\n  port: 80", "backup ok:\nrestore ok:"])
def test_other_code_is_signed_by_nobody(code):
    assert roles(f"```\n{code}\n```") == []


def rows(head, *cells):
    return roles("\n".join([f"| {head} |", "|---" * len(head.split(" | ")) + "|", *(f"| {one} |" for one in cells)]))


@pytest.mark.parametrize(
    ("head", "cells", "who"),
    [
        (
            "Broker | moved | Initials implementer",
            ("101 | [ ] | ........", "102 | [ ] | ........"),
            ["implementer"] * 2,
        ),
        ("Site | received | Validator (print + initial)", ("Main | [ ] | ", "North | [ ] | "), ["Validator"] * 2),
        ("Site | Validator | Time", ("Main | | ", "North | | "), ["Validator"] * 2),
        ("Rack | Powered | Signature DBA", ("A | | ", "B | | "), ["DBA"] * 2),
        (
            "Room | Electrician initials | Safety officer initials",
            ("A | | ", "B | | "),
            ["Electrician", "Safety officer"] * 2,
        ),
    ],
)
def test_a_column_named_after_who_signs_each_row(head, cells, who):
    assert rows(head, *cells) == who


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("Host | Owner | Done", ("a | | [ ]", "b | | [ ]")),
        ("Node | drained | upgraded", ("a | [ ] | [ ]", "b | [ ] | [ ]")),
        ("Site | Engineer | Phone", ("Main | | ", "North | | ")),
        ("Host | Checker output", ("a | ", "b | ")),
        ("Site | Validator | Time", ("Main | J. Roe | 10:00", "North | P. Poe | 11:00")),
    ],
)
def test_other_columns_are_for_no_hand(head, cells):
    assert rows(head, *cells) == []
