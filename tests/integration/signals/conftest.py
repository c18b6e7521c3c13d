import asyncio
import time

import pytest

from runbook_tui.records import SystemClock
from runbook_tui.signals.gpu.nvml import NvmlSource
from tests.stand_in.truth import Truth


@pytest.fixture
def truth(tmp_path, library, monkeypatch):
    """What the stand-in tells, and the environment in which it is found."""
    told = Truth(tmp_path)
    for name, value in told.environment(library).items():
        monkeypatch.setenv(name, value)
    return told


@pytest.fixture
async def source(truth, tmp_path):
    """This host's GPUs read from the stand-in."""
    (tmp_path / "kmsg").touch()
    reading = NvmlSource(SystemClock(), interval=0.1, kernel_log=str(tmp_path / "kmsg"), root=str(tmp_path))
    yield reading
    await reading.close()


@pytest.fixture
def until():
    async def wait(predicate, what="it", seconds=10.0):
        end = time.monotonic() + seconds
        while not (answer := predicate()):
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not come")
            await asyncio.sleep(0.02)
        return answer

    return wait
