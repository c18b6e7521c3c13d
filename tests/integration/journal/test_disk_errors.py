"""A disk that is full, or fails, at any call of the journal: driving stops with the reason, nothing is half."""

import errno
import json
import subprocess
import sys

import pytest

from tests.disk import HERE, build_shim, environment, no_compiler


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    if reason := no_compiler():
        pytest.skip(reason)
    return build_shim(tmp_path_factory.mktemp("shim"))


def stories(shim, folder, error, how, stride):
    command = [sys.executable, str(HERE / "failing.py"), str(folder / "stories"), str(error), how, str(stride)]
    done = subprocess.run(
        command, env=environment(shim, DISK_ONLY="runs.db"), capture_output=True, text=True, check=True, timeout=110
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


WORDS = {
    errno.EIO: ("The disk failed", "Input/output error", "could not be opened"),
    errno.ENOSPC: ("is full", "No space left", "that the disk is not full", "The disk failed"),  # the last: of its -shm
}


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=["EIO", "full"])
def test_every_call_of_the_journal(shim, tmp_path, error):
    told = stories(shim, tmp_path, error, "journal", 3)
    assert len(told) > 40
    for one in told:
        assert not one["broken"], one
        assert one["events"] >= one["acknowledged"], one  # nothing that was acknowledged is gone
        for append in "123":
            assert sum(step.startswith(f"{append}.") for step in one["ticked"]) in (0, 3), one  # all or none
        assert not one["went_on"], one
    failed = [one for one in told if one["errors"]]
    assert len(failed) > 30
    for one in failed:
        first = one["errors"][0]
        assert any(word in first for word in WORDS[error]), first
        assert "nothing" in first.lower(), first  # says what is safe


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=["EIO", "full"])
def test_no_command_without_its_intent(shim, tmp_path, error):
    told = stories(shim, tmp_path, error, "run", 17)
    assert len(told) > 6
    assert any(one["traces"] and one["errors"] for one in told)
    for one in told:
        assert not one["broken"], one
        ran = [f"echo {trace} >> traces" for trace in one["traces"]]
        assert len(set(ran)) == len(ran), one
        assert set(ran) <= set(one.get("intents", [])), one  # what ran stands in the record
        # only the step during which the disk went may have run in spite of its error: nothing was begun after it
        assert len(ran) <= 4 - len(one["errors"]) + 1, one
