"""Lines left open for who saw to it, one or several hands on each."""

import pytest

from runbook_tui.document.reader import read


def signers(text: str) -> list[str]:
    return [slot.role for slot in read(text.encode(), "x.md").signoffs]


WORK = "# Swap the pump\n\n## Work\n\n- [ ] close the valve\n- [ ] swap it\n"


@pytest.mark.parametrize(
    ("lines", "roles"),
    [
        ("Published by:\nReviewed by:", ["Reviewed by"]),  # to publish is no assent
        ("Cleared by:\nWitnessed by:", ["Cleared by", "Witnessed by"]),
        ("okayed by (Ruth or Samir, an emoji will do):", ["Ruth or Samir"]),
        ("Bypass approved by (duty engineer):\nSecond person:", ["duty engineer", "Second person"]),
        ("Approved-by (Fleet & Safety):\nApproved-by (Yard manager):", ["Fleet & Safety", "Yard manager"]),
        ("Green light given by (Ada):", ["Ada"]),
        (
            "Payroll data owner (name, date):\nTax reporting lead (name, date):",
            ["Payroll data owner", "Tax reporting lead"],
        ),
    ],
)
def test_a_byline_is_left_open_behind_its_colon(lines: str, roles: list[str]) -> None:
    assert signers(f"{WORK}\n---\n\n{lines}\n") == roles


@pytest.mark.parametrize(
    "text",
    [
        f"{WORK}\nVerified by:\n\n- the pressure gauge\n- the flow meter\n",  # what follows says how
        f"{WORK}\nConfirmed by:\n\n```\npumpctl show\n```\n",
        f"{WORK}\nCaused by:\n",
        "# Swap the pump\n\nAuthor:\nReviewed by:\nVersion:\n\n## Work\n\n- [ ] swap it\n",  # the head of a page
        f"{WORK}\nBackup host (name, date):\n",
    ],
)
def test_what_only_looks_like_a_byline(text: str) -> None:
    assert signers(text) == []


@pytest.mark.parametrize(
    ("line", "roles"),
    [
        ("Stage 2 closed: RM ________ TK ________", ["RM", "TK"]),
        ("Finished and written up: ________ (fitter) / ________ (plant manager)", ["fitter", "plant manager"]),
        ("- [ ] Pilot: ________ Shadow: ________", ["Pilot", "Shadow"]),
        ("second reader: ______", ["second reader"]),
        ("third reader: ______", ["third reader"]),
        ("Plant manager, Tuesday 06:00: ____________", ["Plant manager"]),
        ("- [ ] Shift lead says start: @______", ["Shift lead"]),
        ("- [ ] Accepted, Head Plant Operations: ____________", ["Head Plant Operations"]),
        ("- [ ] Drawing approved by a second fitter", ["second fitter"]),
    ],
)
def test_each_hand_on_a_line(line: str, roles: list[str]) -> None:
    assert signers(f"{WORK}\n{line}\n") == roles


@pytest.mark.parametrize(
    "line",
    [
        "Stage 2 closed: UTC ________ ID ________",
        "Pressure: ________ Flow: ________",
        "- [ ] Lead: ________ Ticket: ________",
        "- [ ] Drawing approved by two fitters",
        "- [ ] Parts and tools accepted by the store",
        "Plant manager's phone: ____________",
        "Fitter: ____________\n\nReviewed by: ____________ (plant manager)",
    ],
)
def test_places_for_other_things(line: str) -> None:
    assert [role for role in signers(f"{WORK}\n{line}\n") if role != "plant manager"] == []


def test_somebody_and_a_blank_in_the_head_of_a_page_is_a_field() -> None:
    book = read(b"# Swap\n\nFitter on shift: ____________\n\n## Work\n\n- [ ] swap it\n", "x.md")
    assert [slot.role for slot in book.signoffs] == []
    assert [field.label for field in book.fields] == ["Fitter on shift"]


def test_letters_name_who_signs_where_people_sign():
    text = (
        "## Authorisation\n\n- [ ] IC ______\n- [ ] CTO or VP Engineering ______\n- [ ] DPO (only when late) ______\n"
    )
    assert [one.role for one in read(text.encode(), "a.md").signoffs] == ["IC", "CTO or VP Engineering", "DPO"]


def test_two_hands_close_it():
    text = "## After\n\nClosed by: ________ (SRE) / ________ (Orders dev)\n"
    assert [one.role for one in read(text.encode(), "c.md").signoffs] == ["SRE", "Orders dev"]
