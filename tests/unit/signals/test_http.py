"""A value in a JSON answer against what is wanted there."""

import pytest

from runbook_tui.signals.http import same


@pytest.mark.parametrize(
    ("found", "wanted", "equal"),
    [
        ("up", "up", True),
        (True, "true", True),
        (True, True, True),
        (True, "up", False),
        (True, 1, False),
        (True, "1", False),
        (1, True, False),
        (1, "1", True),
        (1.0, "1", True),
        ("1", "1", True),
        ("1", 1, False),
        (False, "false", True),
        (0, "false", False),
        (None, "null", True),
        (None, "none", False),
        ([1, 2], "[1, 2]", True),
        ({"a": 1}, {"a": 1}, True),
    ],
)
def test_the_same_as_json_means_it(found, wanted, equal):
    assert same(found, wanted) is equal
