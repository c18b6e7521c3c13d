"""Boxes that say how things stand with somebody are tasks; those in which somebody agrees are lines to sign."""

import pytest

from runbook_tui.document.reader import read

LETTERS = {"todo": "t", "option": "o", "signoff": "s", "trigger": "c"}


def roles(text):
    book = read(f"# R\n\n{text}\n".encode(), "r.md")
    return "".join(LETTERS[role] for step in book.steps for role in step.boxes)


@pytest.mark.parametrize(
    "row",
    [
        "Support lead knows: @",
        "Support lead knows (only for big changes): @",
        "Shift lead informed (name/time):",
        "Yard master told, initials:",
        "Second engineer watching — name:",
        "Duty manager is on the bridge: @",
        "Customer care has been briefed (name):",
        "DBA on stand-by: @",
        "PR approved by a second maintainer",
        "That MR has a `/lgtm` of a maintainer who is not you: @____",
        "Merge request was reviewed by a second engineer",
        "CAB approval of 3 May is in the ticket",
        "Approval of the kiln owner is there by mail",
        "Sign-off from Legal is attached",
        "customer has confirmed the window in writing",
        "Release consent of the owner is on file",
        "message is not a refund (if it is one: hands off, the duty desk decides)",
        "50/50 kilns ok",
        "12 of 12 kilns ok",
    ],
)
def test_what_is_seen_to_be_so_is_a_task(row):
    assert roles(f"- [ ] {row}") == "t"


@pytest.mark.parametrize(
    "row",
    [
        "Eval report reviewed by safety (name: )",
        "Product says yes to switch (Tom asks them)",
        "Facility manager signs off",
        "Legal says ok to publish",
        "on-call 👍'd your message in #ship:",
        "Duty manager informed and agrees: ____",
        "Yard representative informed and content: name ____",
        "Facility manager is aware of the noise, initials ____",
        "Storage lead says go: ____",
        "QA lead: @",
        "Go-live approved by the duty manager",
        "Obtain the OK of the controller",
        "Owner consents (name, date):",
        "OK from QA lead",
    ],
)
def test_where_somebody_agrees_is_a_line_to_sign(row):
    assert roles(f"- [ ] {row}") == "s"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            (
                "then in the thread, thumbs up from each or we do not open:\n\n"
                "- [ ] qa — Mira\n- [ ] kiln master — Stefan\n- [ ] yard — whoever is driving\n- [ ] desk — Aiko (only tiles)"
            ),
            "ssss",
        ),
        ("OK from everybody before we fire:\n\n- [ ] yard master\n- [ ] kiln master\n- [ ] glaze desk", "sss"),
        ("Sign-off phase 2\n\n- [ ] Glaze EM:\n- [ ] SRE representative:", "ss"),
        ("Sign-off wave 3\n\n- [ ] Kiln master\n- [ ] Yard master", "ss"),
        (
            (
                "### Two maintainers have to agree\n\nTick your line. The release manager doesn't count.\n\n"
                "* [ ] Maintainer 1: @\n* [ ] Maintainer 2: @\n* [ ] Docs team: @ (minor and major only)"
            ),
            "sss",
        ),
        ("## Go / No-Go\n\n- [ ] customer has confirmed the window in writing\n- [ ] Un-draft the release", "tt"),
        ("## Sign-off\n\n- [ ] Support informed: ____\n- [ ] QA lead: ____", "ts"),
        (
            (
                "| Time | What | Who | Done |\n|---|---|---|---|\n| 01:30 | Line check | Ops | [ ] |\n"
                "| 01:50 | Shift leader gives clearance (initials) | MCR | [ ] |"
            ),
            "ts",
        ),
    ],
)
def test_lists_and_rows_of_people(text, found):
    assert roles(text) == found


@pytest.mark.parametrize(
    "row",
    [
        "CAB approval received",
        "Written consent of the data owner obtained (mail of 3 May)",
        "QA regression sign-off received",
        "Hazard log reviewed by the safety officer",
        "Redis: cold start is accepted by product",
        "Ten case files compared by a records officer",
        "Copy deck proofread by two people",
        "DR plan is approved by the board",
    ],
)
def test_what_was_given_or_looked_at_is_a_task(row):
    assert roles(f"- [ ] {row}") == "t"


def test_other_parts_of_a_document_that_are_signed_are_a_task_where_people_sign():
    assert roles("## Go/no-go\n\n- [ ] Section B fully signed (Release Manager)\n- [ ] Backup taken (DBA)") == "tt"
