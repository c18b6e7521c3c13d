"""What a deadline ends is told as that, whatever a library makes of the exception that it meets."""

import time

import pytest

from runbook_tui.gates import stats_commands


def cut_off():
    try:
        time.sleep(5)
    except Exception:
        raise ImportError("numpy failed to import") from None


def test_an_import_that_is_cut_off_is_no_missing_library():
    with pytest.raises(stats_commands.TooLong, match=r"within 0\.01 s"), stats_commands._within(0.01):
        cut_off()


def test_what_fails_in_time_is_told_as_it_is():
    with pytest.raises(ImportError), stats_commands._within(60):
        raise ImportError("no such library")
