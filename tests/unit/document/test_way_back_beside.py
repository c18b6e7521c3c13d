"""The way back that is told beside a change is not offered as the next thing to do."""

import pytest

from runbook_tui.document.reader import read


def runnable(text):
    book = read(text.encode(), "d.md")
    return [command.text for command in book.commands if command.runnable and not command.rollback]


@pytest.mark.parametrize("lead", ["Taken back by", "It is undone with", "Can be reverted using:", "Rolled back via"])
def test_said_in_passing_it_is_no_step(lead):
    text = f"# D\n\n```bash\nsystemctl start api\n```\n\n{lead} `systemctl stop api`\n"
    assert "systemctl stop api" not in runnable(text)


def test_what_is_asked_for_stays_a_step():
    assert "systemctl stop api" in runnable("# D\n\nRun `systemctl stop api`\n")
