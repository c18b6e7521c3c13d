"""Lines that tell what marks mean are prose: no boxes, and none lost."""

from __future__ import annotations

import pytest

from runbook_tui.document.reader import read

AFTER = "\n\n- [ ] Drain the node\n"


def boxes_of(text: str) -> tuple[int, int]:
    """The boxes that are taken, and those that are told as lost."""
    runbook = read(text.encode(), "a.md")
    return sum(len(step.boxes) for step in runbook.steps), sum(one.boxes for one in runbook.findings)


@pytest.mark.parametrize(
    "legend",
    [
        "Legend: [x] done, [ ] open, n/a struck through",
        "**Legend:** ☐ open ☑ done ☒ failed",
        "Print it or copy the page. ☐ = open, ☑ = done.",
        "☐ = open, ☑ = done",
        "[ ] = to do  \n[x] = done  \n[-] = not needed",
        "Mark [x] when done, [~] when in progress, leave [ ] otherwise.",
        "Put an `[x]` in the box as you go; `[ ]` means nobody has started.",
        "> Change [ ] to [x] when finished.",
        "How to use: tick each [ ] as you go. Steps marked [x] are done already.",
        "Every [ ] must be ticked before go-live.",
        "Legend:\n\n- [ ] not started\n- [x] done\n- [~] in progress\n\nThe work:",
        "- Legend: ⬜ to do · ☑ done\n\nThe work:",
        "| Mark | Meaning |\n|---|---|\n| [ ] | open |\n| [x] | done |",
    ],
)
def test_what_marks_mean_is_no_box(legend):
    assert boxes_of(legend + AFTER) == (1, 0)


@pytest.mark.parametrize(
    ("row", "boxes"),
    [
        ("Status: [ ] open  [x] closed", 2),
        ("Result: [ ] done [ ] partly done [ ] rolled back", 3),
        ("- [ ] Put [x] in the wiki once it is done", 1),
        ("- [ ] backup done\n- [x] window open", 2),
        ("| Item | Status |\n|---|---|\n| Backup taken | [ ] |\n| Window agreed | [x] |", 2),
    ],
)
def test_a_choice_and_work_are_boxes(row, boxes):
    assert boxes_of(row + AFTER)[0] == boxes + 1


def test_conditions_below_words_with_a_mark_stay_conditions():
    runbook = read(
        b"Roll back if any of these (mark [x] when seen):\n\n- [ ] Errors above 2%\n- [ ] Logins fail\n", "a.md"
    )
    assert [one.line for one in runbook.triggers] == [3, 4]
