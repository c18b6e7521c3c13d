"""Boxes in a section of going back: what would send one back, how it is done, and that it was done."""

from runbook_tui.document.reader import read


def roles(text: str, heading: str) -> list[str]:
    book = read(f"# Renew the press\n\n## Print\n\n- [ ] ink\n\n## {heading}\n\n{text}\n".encode(), "press.md")
    return [str(step.role) for step in book.steps if step.box][1:]


def test_a_question_when_stands_over_conditions() -> None:
    text = "When?\n\n- [ ] paper jams in more than one tray\n- [ ] colours drift after ten sheets"
    assert roles(text, "Rollback") == ["trigger", "trigger"]


def test_how_leads_to_what_is_done() -> None:
    text = (
        "Reasons to abort:\n\n1. paper jams for 5 minutes\n2. ink leaks\n\n"
        "How (with two trays first put the old roller back):\n\n"
        "- [ ] rollers: `press.feed: off`, slow restart\n- [ ] stop the drum\n- [ ] old drum turning"
    )
    assert roles(text, "Abort / back to the old press") == ["todo", "todo", "todo"]


CODE = "| Condition | Limit |\n|---|---|\n| Ink leaks | at once |\n| Paper jams | 3 in 10 min |\n\nGoing back:\n\n```\n$ pressctl load old\n```\n\n"


def test_what_was_done_behind_the_commands_is_a_task() -> None:
    text = f"{CODE}- [ ] Old roller restored on press: ____\n- [ ] Reason written in the log"
    assert roles(text, "When to go back to the old press") == ["todo", "todo"]
    bare = f"{CODE}then load the old plate.\n\n☐ Old roller restored: ____\n☐ Reason written in the log"
    assert roles(bare, "When to go back to the old press") == ["todo", "todo"]
    assert roles(f"{CODE}- [ ] 5.1 Rollback performed", "Rollback criteria") == ["todo"]


def test_what_went_wrong_behind_the_commands_is_a_condition() -> None:
    text = f"{CODE}Roll back also if:\n\n- [ ] plate cracked\n- [ ] Reader informed twice"
    assert roles(text, "Rollback criteria") == ["trigger", "trigger"]


def test_boxes_right_behind_the_commands_are_the_way_back_when_conditions_were_listed_before() -> None:
    text = f"{CODE}- [ ] Feeder switched back off\n- [ ] Chief printer told\n- [ ] Plate decided with the foreman (only if it is worn)"
    assert roles(text, "When to go back") == ["todo"] * 3
    said = "Roll back if any of these happen:\n\n- ink leaks\n- paper jams\n\nOne smear is no reason to go back.\n\n"
    code = "```bash\npressctl load old\n```\n\n- [ ] Feeder switched back off\n- [ ] Log opened"
    assert roles(said + code, "Rollback") == ["todo", "todo"]


def test_limits_behind_the_commands_stay_conditions() -> None:
    text = f"{CODE}- [ ] more than 5 sheets jammed\n- [ ] ink below 20 %"
    assert roles(text, "Rollback criteria") == ["trigger", "trigger"]


def test_the_first_boxes_of_a_section_are_its_conditions() -> None:
    text = "```\n$ pressctl state\n```\n\n- [ ] plate cracked\n- [ ] ink leaked"
    assert roles(text, "Rollback criteria") == ["trigger", "trigger"]


def test_orders_below_conditions_are_what_is_done() -> None:
    text = "- ink leaks\n- paper jams\n\nWhat was printed cannot be taken back, so:\n\n- [ ] Stop the drum\n- [ ] Remove the plate\n- [ ] Foreman decides"
    assert roles(text, "When to halt the press") == ["todo"] * 3
