"""Several boxes in one line: each is counted with its role, as tasks of their own or as the answers of one question."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import StepKind, StepRole

TODO, OPTION = StepRole.TODO, StepRole.OPTION


def book(*lines):
    return read(("# Plan\n\n## Work\n\n" + "\n".join(lines) + "\n").encode(), "plan.md")


def ticks(runbook):
    return [(step.title, step.checked) for step in runbook.steps if step.box]


@pytest.mark.parametrize(
    ("line", "titles"),
    [
        ("Tick: [ ] shelf07 [ ] shelf06 [x] shelf05", ["shelf07", "shelf06", "shelf05"]),
        ("Done so far: [ ] north [ ] south [x] east", ["north", "south", "east"]),
        (
            "Valves closed: [ ] valve 1 [ ] valve 2 [x] valve 3",
            ["Valves closed: valve 1", "Valves closed: valve 2", "Valves closed: valve 3"],
        ),
        ("Decks flashed: [ ] A [ ] B [x] C", ["Decks flashed: A", "Decks flashed: B", "Decks flashed: C"]),
        (
            "- Deck A: [ ] flashed [ ] rebooted [x] looked at",
            ["Deck A: flashed", "Deck A: rebooted", "Deck A: looked at"],
        ),
        ("Kitchen: [ ] Cellar: [ ] Roof: [x]", ["Kitchen", "Cellar", "Roof"]),
        ("Please tick: [ ] lift parked [ ] doors closed [x] sign up", ["lift parked", "doors closed", "sign up"]),
        ("- [ ] kiosk1 [ ] kiosk2 [x] kiosk3", ["kiosk1", "kiosk2", "kiosk3"]),
        (
            "- pumps drained: [ ] p-1 [ ] p-2 [x] p-3",
            ["pumps drained: p-1", "pumps drained: p-2", "pumps drained: p-3"],
        ),
    ],
)
def test_what_is_all_to_be_ticked_is_a_task_each(line, titles):
    runbook = book(line)
    assert ticks(runbook) == [(title, title == titles[-1]) for title in titles]
    assert [step.boxes for step in runbook.steps] == [(TODO,)] * 3


@pytest.mark.parametrize(
    ("line", "roles"),
    [
        ("Decision: [ ] GO [ ] NO-GO", (OPTION, OPTION)),
        ("Ring: [ ] r1 [ ] r2 [ ] r3", (OPTION, OPTION, OPTION)),
        ("Status: [ ] merged [ ] rejected", (OPTION, OPTION)),
        ("Environment used: [ ] staging [ ] prod", (OPTION, OPTION)),
        ("Release type: [ ] v1 [ ] v2", (OPTION, OPTION)),
        ("Severity [ ] P1 [ ] P2", (OPTION, OPTION)),
        ("| Check | Answer |\n|---|---|\n| Mail arrives | [ ] yes [ ] no |", (OPTION, OPTION)),
        ("| Check | Answer |\n|---|---|\n| Mail arrives | [ ] Pass [ ] Fail |", (OPTION, OPTION)),
        ("| Check | Pass | Fail |\n|---|---|---|\n| Mail arrives | [ ] | [ ] |", (OPTION, OPTION)),
        ("| Check | Go | No-go |\n|---|---|---|\n| Mail arrives | [ ] | [ ] |", (OPTION, OPTION)),
    ],
)
def test_what_is_answered_once_has_a_box_for_each_answer(line, roles):
    (step,) = book(line).steps
    assert step.kind is StepKind.FIELD
    assert step.boxes == roles


def test_a_task_with_a_choice_behind_it_has_its_own_box_and_those_of_the_choice():
    (step,) = book("- [ ] Traffic is back within 5 % of last week. [ ] yes [ ] no").steps
    assert step.boxes == (TODO, OPTION, OPTION)


@pytest.mark.parametrize(
    "line",
    [
        "See the [ ][notes] and the other [ ][notes] of it.\n\n[notes]: https://example.org",
        "A line is open with `[ ] web1 [ ] web2` before it.",
        "In the list `[ ]` is open and `[x]` is done.",
        "`grep -c '[ ] [x]' list.txt`",
    ],
)
def test_what_only_looks_like_boxes_is_none(line):
    assert not any(step.boxes or step.field is not None for step in book(line).steps)


@pytest.mark.parametrize("heading", ["Launch day", "The day", "Night shift"])
def test_a_timetable_below_the_name_of_a_day_is_tasks(heading):
    rows = ["14:00 freeze, nobody merges", "14:15 promote the build", "14:30 smoke test"]
    boxes = "".join(f"- [ ] {row}\n" for row in rows)
    assert [step.role for step in read(f"# T\n\n## {heading}\n\n{boxes}".encode(), "t.md").steps] == [StepRole.TODO] * 3


def test_a_box_for_each_machine_of_a_task_is_a_task():
    text = "# T\n\n* [ ] rack a: [ ] kb1 [x] kb4\n* [ ] Drain: ☐ web-1, ☐ web-2\n* [ ] Which host: [ ] db1 [ ] db2\n"
    found = [
        (step.line, [str(role) for role in step.boxes], step.checked) for step in read(text.encode(), "t.md").steps
    ]
    assert found == [
        (3, ["todo"], False), (3, ["todo"], False), (3, ["todo"], True),
        (4, ["todo"], False), (4, ["todo"], False), (4, ["todo"], False),
        (5, ["todo", "option", "option"], False),
    ]  # fmt: skip
