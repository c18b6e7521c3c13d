from datetime import UTC, datetime, timedelta

from runbook_tui.tui.how_far import how_far
from runbook_tui.tui.ports import LibraryEntry


def entry(**more):
    ago = more.pop("ago", timedelta(minutes=125))
    values = {"title": "Release", "source": "/r.md", "run": "brave-otter", "done": 12, "total": 225}
    return LibraryEntry(**values | {"last": datetime.now(UTC) - ago} | more)


def test_how_far_how_old_and_whose():
    said = how_far(entry(people=("ana", "ben")))
    assert said == "brave-otter: 12 of 225 steps done, last used 2 h ago, driven by ana and ben."


def test_one_of_long_ago_is_told_with_its_day():
    at = (datetime.now(UTC) - timedelta(days=3, hours=1)).astimezone()
    assert f"last used 3 d ago ({at:%a %d %b, %H:%M})." in how_far(entry(ago=timedelta(days=3, hours=1)))


def test_one_that_another_terminal_drives_says_who():
    assert how_far(entry(driver="ben@host:123")).endswith(" ben drives it now, in another terminal.")


def test_one_that_cannot_be_read_says_why():
    assert (
        how_far(entry(trouble="the journal is damaged", done=None, total=None)) == "brave-otter: the journal is damaged"
    )
