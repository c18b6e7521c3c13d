import pytest

from runbook_tui.document.planned import planned, seconds
from runbook_tui.document.reader import read


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("# R\n\nThe work takes 2 hours and 15 minutes.\n\n## A (30 minutes)\n\n- [ ] a\n", 135),
        ("# R\n\n**Estimated time:** 45 min\n\n- [ ] a\n", 45),
        ("# R\n\n## A (30 minutes)\n\n- [ ] a\n\n### Deep (5 min)\n\n- [ ] b\n\n## B (10-15 min)\n\n- [ ] c\n", 45),
        ("# R\n\n## A\n\n- [ ] a\n\n## Rollback (20 minutes)\n\n- [ ] b\n", None),
        ("# R\n\n- [ ] Error rate > 5% for 10 minutes\n", None),
        ("# R\n\n## Day 3 (watch)\n\n- [ ] a\n", None),
    ],
)
def test_what_a_document_plans(text, minutes):
    found = planned(read(text.encode(), "r.md"))
    assert found == (minutes * 60 if minutes else None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("30 minutes", 1800), ("1.5h", 5400), ("45s", 45), ("v2", None), ("0 min", None), ("90 days", None)],
)
def test_lengths(text, wanted):
    assert seconds(text) == wanted
