"""Boxes in tables: what was seen beside who signs, reasons one of which applies, and that none is lost."""

import pytest

from runbook_tui.document.reader import read

LETTERS = {"todo": "t", "option": "o", "signoff": "s", "trigger": "c"}


def book(text):
    return read(f"# R\n\n{text}\n".encode(), "r.md")


def roles(text):
    return "".join(LETTERS[role] for step in book(text).steps for role in step.boxes)


def table(header, *rows):
    names = header.split("|")
    return "\n".join(f"| {row} |" for row in (header, "|".join("---" for _ in names), *rows))


SUBJECTS = [
    "Valve log approved in the book",
    "Keys of two porters at hand",
    "Lift reachable from the yard",
    "No feast within three days",
    "Porters informed of the closing",
]


@pytest.mark.parametrize(
    "header",
    [
        "No. | Precondition | Fulfilled | Initials",
        "No. | Condition | Met | Signature",
        "Nr. | Voraussetzung | Erfüllt | Kürzel",
        "# | Item | Done | By",
        "# | Task | Completed | Sign",
        "Ref | Check | Verified | Initialled",
        "# | Prerequisite | In place | Name",
        "No. | Requirement | OK | Initials",
        "No. | What must be so | Confirmed | Initials",
        "Id | Statement | ✓ | Visa",
        "No. | Étape | Fait | Paraphe",
    ],
)
def test_what_must_hold_is_a_task_whoever_initials_it(header):
    text = table(header, *(f"2.{at} | {subject} | [ ] | " for at, subject in enumerate(SUBJECTS)))
    assert roles(text) == "t" * len(SUBJECTS)
    assert book(text).signoffs == ()


@pytest.mark.parametrize(
    "column", ["ID checked", "Present", "Badge seen", "Briefed", "On the call", "Identified", "Anwesend", "Attended", "Here", "Informed"]
)  # fmt: skip
def test_what_was_seen_of_somebody_is_a_task_and_the_hand_is_theirs(column):
    text = table(f"Role | Name (print) | {column} | Signature", "Internal witness | | [ ] | ", "Key holder | | [ ] | ")
    assert roles(text) == "tt"
    assert [one.role for one in book(text).signoffs] == ["Internal witness", "Key holder"]


@pytest.mark.parametrize(
    "header",
    [
        "Broker | data moved | host swapped | lag = 0 after | Initials implementer",
        "Ward | beds counted | alarm test | printer on | Signature (shift lead)",
        "Hall | lights | gate | water off | Initials of the porter",
    ],
)
def test_what_was_seen_of_each_thing_of_a_log_is_a_task(header):
    text = table(header, "101 | [ ] | [ ] | [ ] | ........", "102 | [ ] | [ ] | [ ] | ........")
    assert roles(text) == "tttttt"
    assert len(book(text).signoffs) == 2


@pytest.mark.parametrize("column", ["Approved", "GO", "Agrees", "OK", "Accepted", "Signed", "Released", "Go-ahead"])
def test_a_box_under_an_assent_is_the_hand(column):
    text = f"## Sign-off\n\n{table(f'Role | Name | {column} | Date', 'QA lead | | [ ] | ', 'Duty manager | | [ ] | ')}"
    assert roles(text) == "ss"


def test_who_is_there_is_seen_and_votes_beside():
    text = f"## Sign-off\n\n{table('Approver | Present | Go | No-go | Signature', 'Ops lead | [ ] | [ ] | [ ] | ')}"
    assert roles(text) == "tss"


@pytest.mark.parametrize(
    "text",
    [
        table("Reason | Applies", "Regular renewal | [ ]", "Compromise of the key suspected | [ ]", "Change of the CA | [ ]"),
        table("No. | Cause | Applies", "1 | Disk failed | [ ]", "2 | Disk full | [ ]"),
        table("Type of change | This time", "Firmware updated | [ ]", "Part replaced | [ ]"),
        table("Window | Chosen", "Night to Sunday | [ ]", "Night to Monday | [ ]"),
        table("Purpose | ", "Yearly test | [ ]", "Real outage | [ ]"),
        table("Scenario | Tick one", "Site lost | [ ]", "Link lost | [ ]"),
        table("Reason | Grund | Trifft zu", "Expiry | Ablauf | [ ]", "Theft | Diebstahl | [ ]"),
        table("Mode | Selected | Note", "Rolling | [ ] | slow", "At once | [ ] | with an outage"),
        table("Scope | x", "One hall | [ ]", "All halls | [ ]"),
        table("Reason for the run | Applicable", "Test of the spare | [ ]", "Release in the plant | [ ]"),
    ],
)  # fmt: skip
def test_one_reason_applies(text):
    assert set(roles(text)) == {"o"}


def test_tasks_that_apply_are_tasks():
    assert roles(table("Step | Applies", "Drain the pond | [ ]", "Fill the pond | [ ]")) == "tt"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            table("Item | Result", "Alarms on | [ ]", "Change result | [ ] Good [ ] Undone", "Executed by (signature) | "),
            "too",
        ),
        (table("Key | Value", "Ticket | 7", "Peer reviewer | ____", "Backup verified | [ ]"), "t"),
        (table("Item | State", "Lights on [ ] | ", "Doors shut [ ] | fine"), "tt"),
        (table("Item | State", "Lights | on: [ ]"), "t"),
        (table("Item | State", "Lights | (yes [ ], no [ ])"), "oo"),
        (table("Item | State", "Lights | done [ ] open [ ]"), "oo"),
        (table("Item | State | Note", "Lights | [ ] on, time in the note | [ ]"), "tt"),
        (table("Item | A | B", "Lights | [ ] on since ____ | [ ] off since ____"), "tt"),
        (table("Rack | u1 | u2 | u3", "A | [ ] ok | [ ] ok | n/a"), "tt"),
        (table("Item | |", "Lights | [ ] yes | [ ] no"), "oo"),
        (table("[ ] Lights on | [ ] Doors shut", "[ ] Water off | [ ] Gas off"), "tttt"),
        ("| [ ] Lights on | porter |\n|---|---|", "t"),
        (table("Phase | Item", "1 | - [ ] Drain", "2 | 1. [ ] Fill"), "tt"),
        (table("Step | Both halls", "Drain | [ ]<br>[ ]"), "tt"),
        (table("Step | Both halls", "Drain | [ ] north drained<br>[x] south drained"), "tt"),
        (table("Phase | Item", "1 | ☐ Drain the pond and tell the porter of it at once. ☐ Lock the gate"), "tt"),
        (table(" | ", "[ ] | Lights on", " | Doors shut"), "t"),
        ("- Yard\n\n  " + table("Step | Done", "Drain | [ ]").replace("\n", "\n  "), "t"),
        ("> " + table("Step | Done", "Drain | [ ]").replace("\n", "\n> "), "t"),
        (
            f"## Rollback triggers\n\n{table('Condition | Seen | Action', 'Errors above 5 % | [ ] | roll back', 'Pond empty | [ ] yes [ ] no | roll back')}",
            "coo",
        ),
    ],
)  # fmt: skip
def test_no_box_of_a_table_is_lost(text, found):
    assert sorted(roles(text)) == sorted(found)


def test_a_box_behind_its_words_is_called_by_them():
    runbook = book(table("Item | State", "Lights on [x] | ", "Doors | shut: [ ]"))
    assert [(step.title, step.checked) for step in runbook.steps] == [("Lights on", True), ("Doors: State shut", False)]


def test_what_a_condition_is_called_is_not_what_is_ticked():
    text = f"## Rollback triggers\n\n{table('Condition | Seen | Action', 'Pond empty | [ ] yes [ ] no | roll back')}"
    assert [one.text for one in book(text).triggers] == ["Pond empty"]
