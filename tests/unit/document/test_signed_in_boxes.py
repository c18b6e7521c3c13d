"""Sign-offs in boxes and logs, rows of places below a heading, and places that are none."""

import pytest

from runbook_tui.document.reader import read


def signers(text: str, heading: str = "## Gate") -> list[str]:
    return [one.role for one in read(f"# Move\n\n{heading}\n\n{text}\n".encode(), "signed.md").signoffs]


@pytest.mark.parametrize(
    ("row", "who"),
    [
        ("Ethics sign-off (minutes attached)", "Ethics"),
        ("Archive sign-off", "Archive"),
        ("Vault sign-off, by mail", "Vault"),
        ("Archive owner: signed off on the move", "Archive owner"),
        ("Head of Collections: agreed to the date", "Head of Collections"),
        ("Duty manager: approved", "Duty manager"),
    ],
)
def test_a_box_for_a_sign_off(row: str, who: str) -> None:
    assert signers(f"- [ ] {row}") == [who]


@pytest.mark.parametrize(
    "row",
    [
        "Request sign-off",
        "No sign-off needed",
        "Collect the sign-off sheets",
        "Vault sign-off meeting is booked",
        "Sign-off sheet printed",
        "Reading room sign-off obtained",
        "QA: approved plan is linked",
        "Catalogue: accepted records are counted",
        "Archive owner: informed",
        "Network: signed certificate is in place",
    ],
)
def test_a_box_for_a_task(row: str) -> None:
    assert signers(f"- [ ] {row}") == []


def test_who_decides_puts_a_name() -> None:
    assert signers("Decision maker: ____________", "## Night") == ["Decision maker"]


def test_a_name_with_a_blank_in_it_is_no_place_for_a_hand() -> None:
    assert signers("**Release:** `archive-____`   **Date:** ____", "## Facts") == []
    assert signers("**Release manager:** ____   **Date:** ____", "## Facts") == ["Release manager"]


def test_a_heading_over_a_ruler_keeps_its_number() -> None:
    text = "4. Consent\n----------\n\nArchive lead: ____________\nHead of Collections: ____________\n"
    book = read(f"# Move\n\n{text}".encode(), "ruled.md")
    assert [one.role for one in book.signoffs] == ["Archive lead", "Head of Collections"]
    assert [section.title for section in book.sections] == ["Move", "4. Consent"]


@pytest.mark.parametrize("ruler", ["---", "--------------------------------------"])
def test_a_ruler_of_another_length_is_a_ruler(ruler: str) -> None:
    book = read(f"# Move\n\n1. Close the hatch and lock it\n{ruler}\n\nText.\n".encode(), "ruled.md")
    assert [section.title for section in book.sections] == ["Move"]


def test_a_place_that_is_filled_already_among_open_ones() -> None:
    text = "Approved:\n\nArchive: K. Sand, 3 May\nFinance: ____________\nLegal: ____________"
    book = read(f"# Move\n\n## End\n\n{text}\n".encode(), "filled.md")
    assert [(one.role, book.step_by_id[one.step or ""].checked) for one in book.signoffs] == [
        ("Archive", True),
        ("Finance", False),
        ("Legal", False),
    ]


@pytest.mark.parametrize("text", ["Archive: K. Sand, 3 May", "Archive: K. Sand, 3 May\nShelf: north 3"])
def test_a_name_and_a_date_where_no_place_is_open(text: str) -> None:
    assert signers(f"Approved:\n\n{text}") == []


def test_a_column_of_a_log_for_one_who_signs_each_row() -> None:
    log = "| Load | Date | Done by | Duty manager ok |\n|---|---|---|---|\n| 3 | | | |\n| 4 | | | |\n| 2 | 1 May | me | jo |"
    assert signers(log, "## Log") == ["Duty manager", "Duty manager"]


@pytest.mark.parametrize(
    "head", ["| Load | Date | Checksum ok |", "| Load | Server ok | Client ok |", "| Load | Date | ok |"]
)
def test_a_column_for_a_check(head: str) -> None:
    assert signers(f"{head}\n|---|---|---|\n| 3 | | |\n| 4 | | |", "## Log") == []


def test_boxes_inside_one_that_speaks_of_approvals() -> None:
    text = "- [ ] Approvals in the thread\n  - [ ] Product: ____\n  - [ ] Legal: ____\n- [ ] Ticket: ____"
    assert signers(text) == ["Product", "Legal"]


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("Sign-off: Archive lead __________  Security __________", ["Archive lead", "Security"]),
        ("Approved by: Archive lead: ______ / Finance: ______", ["Archive lead", "Finance"]),
        ("Rooms: North ______  South ______", []),
    ],
)
def test_a_blank_for_each_on_one_line(line: str, who: list[str]) -> None:
    assert signers(line, "## Facts") == who


def test_who_stands_below_a_line_signs_on_it() -> None:
    text = "Released for use by\n\n______________________\nHead archivist\n\n______________________\nVault duty officer"
    assert signers(text, "## III. Release") == ["Head archivist", "Vault duty officer"]


@pytest.mark.parametrize("below", ["The archive is closed.", "", "# Next", "Vault 3"])
def test_a_ruler_of_underscores_is_a_ruler(below: str) -> None:
    assert signers(f"Text.\n\n______________________\n{below}", "## III. Release") == []


def test_each_row_of_a_procedure_is_done_before_it_is_signed() -> None:
    rows = "| Nr | Time | Action | Done by (initials) |\n|---|---|---|---|\n"
    rows += "| 1 | 18:00 | Stop it: `systemctl stop vault` | ____ |\n| 2 | 18:20 | Count the boxes | ____ |"
    steps = read(f"# Move\n\n## Night\n\n{rows}\n".encode(), "rows.md").steps
    assert [(step.kind.value, step.title) for step in steps] == [
        ("command", "Stop it: systemctl stop vault"),
        ("signoff", "Stop it: systemctl stop vault"),
        ("signoff", "Count the boxes"),
    ]
