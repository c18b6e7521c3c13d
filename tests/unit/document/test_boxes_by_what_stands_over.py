"""Boxes told by what stands over, before or behind them: alarms, what is so again, one of several, and many in a row."""

from __future__ import annotations

import pytest

from runbook_tui.document import picked, side_by_side, signoffs
from runbook_tui.document.reader import read

LETTERS = {"todo": "t", "option": "o", "signoff": "s", "trigger": "c"}


def roles(text: str) -> str:
    runbook = read(f"# R\n\n{text}\n".encode(), "r.md")
    return "".join(LETTERS[role] for step in runbook.steps for role in step.boxes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Roll back when any box below gets a tick:\n\n☐ Errors above 2%\n☐ Bookings lost\n☐ Logins fail", "ccc"),
        ("Abort if:\n\n[ ] Errors above 2%\n[ ] Bookings lost", "cc"),
        (
            "## Rollback\n\n```bash\nkubectl rollout undo deploy/api\n```\n\n- [ ] Traffic on the old tag\n- [ ] Errors normal",
            "tt",
        ),
        ("## Rollback if\n\n- [ ] Errors above 2%\n- [ ] Bookings lost", "cc"),
        ("- [ ] Value printed is 0. Any other value: HALT, go to 6.\n- [ ] Start it", "tt"),
        ("- [ ] Pages updated — pick the shops in scope:\n  - [ ] Steam\n  - [ ] Xbox", "too"),
        ("- [ ] Confirm who has the registrar login:\n  - [ ] Client IT\n  - [ ] Previous agency", "too"),
        ("- [ ] Confirm who is on call:\n  - [ ] Primary\n  - [ ] Secondary", "ttt"),
        ("- [ ] Our own calls only → downgrade to SEV-3\n- [ ] Foreign calls → stay SEV-1, call Legal", "oo"),
        ("- [ ] Texts approved: e-mail ☐, in-app banner ☐, status page ☐", "tttt"),
        ("- [ ] Texts approved: yes ☐, no ☐", "too"),
        ("* [ ] QA signed the build off → Mara:\n* [ ] Producer is fine with the window → Dev:", "ss"),
        ("- [ ] Restart the broker → Mara:", "t"),
        ("- [ ] Release for wave 2, Quality management: ______", "s"),
        (
            "## Approvals\n\nThe PR needs:\n\n- [ ] runtime on-call approved\n- [ ] EM approved if outside office hours",
            "ss",
        ),
        (
            "| Done | Item |\n|---|---|\n| [ ] | Ward informed, read-only ended at __:__ |\n| [ ] | Backup started |",
            "tt",
        ),
    ],
)
def test_boxes_are_told_by_the_words_around(text: str, expected: str) -> None:
    assert roles(text) == expected


@pytest.mark.parametrize(
    "piece", ["a ☐ ", "☐, ", "a → ", "x:", "who has ", "pick the a ", "approved ", "release for a, b "]
)
def test_long_lines_are_read_in_time(piece: str) -> None:
    line = piece * 20_000
    assert side_by_side.tasks(f"[ ] x: {line}", "", "") == []
    assert not picked.whole([line, line], line, line)
    assert signoffs.slot(line, box=True, signing=False) is None
