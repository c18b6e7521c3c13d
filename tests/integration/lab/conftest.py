import contextlib

import pytest

from runbook_tui.lab import control


@pytest.fixture
def folder(tmp_path):
    """Where a lab keeps its state; whatever the test left running is stopped."""
    place = tmp_path / "state" / "lab"
    yield place
    with contextlib.suppress(control.LabError):
        control.down(place)
