"""Who agrees, by initials, by a thumb, or by having said so; and those who only speak of it."""

import pytest

from runbook_tui.document.reader import read


def signers(text):
    return [slot.role for slot in read(f"# T\n\n## Deploy\n\n{text}\n".encode(), "assent.md").signoffs]


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("Initials Jo: ____   Initials Renske: ____", ["Jo", "Renske"]),
        ("Initials of operator: ____ Initials of second operator: ____", ["operator", "second operator"]),
        ("- Paraph Chen: ______", ["Chen"]),
        ("Initials Ada ........", ["Ada"]),
    ],
)
def test_initials_belong_to_whose_they_are(line, who):
    assert signers(line) == who


@pytest.mark.parametrize(
    ("words", "who"),
    [
        ("Before stage 2 the payments TL and the ads PM both post 👍 in the thread.", ["payments TL", "ads PM"]),
        ("The release manager leaves a thumbs-up on the issue.", ["release manager"]),
        ("The on-call engineer must answer with an OK.", ["on-call engineer"]),
        ("The DBA and the storage lead each give their approval.", ["DBA", "storage lead"]),
    ],
)
def test_who_gives_a_sign_of_assent_signs(words, who):
    assert signers(words) == who


@pytest.mark.parametrize(
    "words",
    [
        "The bot posts 👍 when the build is green.",
        "If the release manager posts 👍 the bot merges.",
        "The release manager does not leave a thumbs-up on drafts.",
        "The operator posts the build number in the thread.",
        "Once the DBA gives the OK the bot goes on.",
        "Nice work 👍",
    ],
)
def test_who_only_speaks_of_it_does_not(words):
    assert signers(words) == []


@pytest.mark.parametrize(
    ("box", "who"),
    [
        ("- [ ] Product has said yes (Slack thread linked)", ["Product"]),
        ("- [ ] The network lead has voted go", ["network lead"]),
        ("- [ ] The notes were read and approved by someone from @docs-team", ["@docs-team"]),
        ("- [ ] Change approved by @maria", ["@maria"]),
    ],
)
def test_a_box_says_who_has_agreed(box, who):
    found = read(f"# T\n\n## Deploy\n\n{box}\n".encode(), "assent.md")
    assert [slot.role for slot in found.signoffs] == who
    assert [str(step.role) for step in found.steps if step.box] == ["signoff"]


@pytest.mark.parametrize(
    "box",
    [
        "- [ ] The linter has said no",
        "- [ ] If approved by @maria, merge",
        "- [ ] Not approved by @maria: tell her",
        "- [ ] Ping @maria about the date",
        "- [ ] The queue says yes to every host",
    ],
)
def test_a_box_that_asks_nobody_is_a_task(box):
    assert signers(box) == []
