"""Values as they are read out."""

from __future__ import annotations

import pytest

from runbook_tui.run.gauges import figure, limit


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0.2889, "ratio", "28.89 %"),
        (0.0, "ratio", "0 %"),
        (28.89, "%", "28.89 %"),
        (0.02144, "s", "21.44 ms"),
        (0.0, "s", "0 s"),
        (12.0, "s", "12 s"),
        (81920.0, "MB", "81920 MB"),
        (3.0, "", "3"),
    ],
)
def test_a_value_with_its_unit(value, unit, told):
    assert figure(value, unit) == told


def test_a_threshold_is_as_exact_as_it_was_said():
    assert (limit(99.999, "%"), limit(0.99999, "ratio")) == ("99.999 %", "99.999 %")
