"""Places for a hand and boxes to choose from that only resemble others: taken where no rule knows them, and said to be so."""

import pytest

from runbook_tui.document.reader import read


def looked(text):
    runbook = read(f"# Move of the ledger\n\n## Cutover\n\nThe ledger is moved.\n\n{text}\n".encode(), "x.md")
    said = [one.code for one in runbook.findings if one.code in {"RB162", "RB163"}]
    return [one.role for one in runbook.signoffs], said


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("Release manager closes: @______", ["Release manager closes"]),
        (
            "A fix needs a second captain. Second captain: ______ and the VP Mobile: ______",
            ["Second captain", "VP Mobile"],
        ),
        ("CIO: ................. | Delivery Head: .................", ["CIO", "Delivery Head"]),
    ],
)
def test_a_line_no_rule_knows_is_taken_and_said_to_be_so(text, roles):
    assert looked(text) == (roles, ["RB162"] * len(roles))


@pytest.mark.parametrize(
    "text",
    [
        "Start time: ______",
        "Ticket: ______",
        "On-call: @______",
        "Backup done at ____ by ____",
        "- [ ] Release notes sent by the support lead",
        "- [ ] Logs copied to: ______",
        "| File | Rows old | Rows new |\n|---|---|---|\n| policy.dat | 1,884,120 | |\n| party.dat | 2,301,557 | |",
    ],
)
def test_what_is_filled_in_signs_nothing(text):
    assert looked(text)[0] == []


def test_a_line_over_a_list_waits_for_nobody(monkeypatch):
    from runbook_tui.document import likeness

    monkeypatch.setattr(likeness, "of_hand", lambda unit: True)
    assert looked("Ledger owner says so:\n\nNext.")[0] == ["Ledger owner says so"]
    assert looked("Ledger owner says so:\n\n- accounts close\n- the books open\n")[0] == []


def test_a_line_the_rules_know_is_theirs():
    assert looked("Approved by the ledger owner: ______") == (["ledger owner"], [])


def test_in_a_list_of_contacts_nobody_signs():
    text = "# Move\n\n## Contacts\n\nRelease manager closes: @______\n"
    assert read(text.encode(), "x.md").signoffs == ()


def test_boxes_to_choose_from_are_no_tasks_and_said_to_be_so(monkeypatch):
    from runbook_tui.document import likeness

    text = "# Move\n\n## Today\n\nThe tenants:\n\n- [ ] blue\n- [ ] green\n"
    asked = []
    monkeypatch.setattr(likeness, "of_choice", lambda units: asked.append([unit.text for unit in units]) or True)
    runbook = read(text.encode(), "x.md")
    assert asked == [["blue", "green"]]
    assert [step.role for step in runbook.steps if step.box] == ["option", "option"]
    assert [(one.code, one.line) for one in runbook.findings if one.code == "RB163"] == [("RB163", 7)]
