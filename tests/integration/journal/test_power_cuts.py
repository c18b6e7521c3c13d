"""The power goes: nothing acknowledged is lost and no event is half. A control that does not wait for its disk must fail.

The long version with 200 cuts of each kind is `python -m tests.bench power`.
"""

import pytest

from tests.disk import build_shim, ext4, no_compiler
from tests.disk.replay import cuts, record


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    if reason := no_compiler():
        pytest.skip(reason)
    return build_shim(tmp_path_factory.mktemp("shim"))


def test_a_disk_that_lost_what_was_not_synced(shim, tmp_path):
    told = record(tmp_path, shim, synchronous="full", seed=3, appends=120)
    found = cuts(told, tmp_path, count=20, seed=4)
    assert sum(cut.acknowledged for cut in found) > 500
    assert [cut for cut in found if not cut.holds] == []


def test_the_rig_sees_a_journal_that_does_not_sync(shim, tmp_path):
    """Else it proves nothing: the same work with synchronous=OFF loses what it has acknowledged."""
    told = record(tmp_path, shim, synchronous="off", seed=3, appends=120)
    found = cuts(told, tmp_path, count=10, seed=4)
    assert sum(cut.lost for cut in found) > 100


def test_a_file_system_that_is_shut_down(tmp_path):
    if reason := ext4.cannot():
        pytest.skip(reason)
    found = ext4.cuts("full", 6, 11, tmp_path)
    assert sum(cut.acknowledged for cut in found) > 20
    assert [cut for cut in found if not cut.holds] == []
    control = ext4.cuts("off", 2, 11, tmp_path)
    assert sum(cut.lost for cut in control) > 20
