"""A file that is touched is heard of: at once where the kernel tells, by looking where it does not."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from runbook_tui.journal import ears
from runbook_tui.journal.ears import Ears

LONG = 30.0  # seconds that nobody waits


@pytest.fixture
def bell(tmp_path):
    path = tmp_path / "bell"
    path.touch()
    os.utime(path, (1, 1))
    return path


async def heard_after(ears_: Ears, touch) -> bool:
    waiting = asyncio.create_task(ears_.heard(LONG))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    touch()
    async with asyncio.timeout(LONG / 2):
        return await waiting


@pytest.mark.parametrize("told", [True, False])
async def test_each_touch_is_heard_and_nothing_else(bell, monkeypatch, told):
    if not told:
        monkeypatch.setattr(ears, "_watching", lambda _: None)
    with Ears(bell, every=0.01) as listening:
        assert not await listening.heard(0.05)
        for second in (2, 3, 4):
            assert await heard_after(listening, lambda second=second: os.utime(bell, (second, second)))
            assert not await listening.heard(0.0)
        bell.with_name("another").touch()
        assert not await listening.heard(0.05)


async def test_what_was_touched_before_one_listens_again_is_heard_at_once(bell):
    with Ears(bell, every=0.01) as listening:
        os.utime(bell, (2, 2))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(LONG / 2):
            assert await listening.heard(LONG)


async def test_a_file_that_is_replaced_is_heard(bell):
    def replace():
        new = bell.with_name("new")
        new.touch()
        new.rename(bell)

    with Ears(bell, every=0.01) as listening:
        assert await heard_after(listening, replace)


async def test_one_is_woken(bell):
    with Ears(bell, every=0.01) as listening:
        assert not await heard_after(listening, listening.wake)


async def test_where_the_kernel_says_nothing_one_looks(bell, monkeypatch, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    watching = ears._watching
    monkeypatch.setattr(ears, "_watching", lambda _: watching(elsewhere))
    with Ears(bell, every=0.01) as listening:
        os.utime(bell, (2, 2))
        assert await listening.heard(0.05)  # late, by a look
        assert not await listening.heard(0.0)
        assert await heard_after(listening, lambda: os.utime(bell, (3, 3)))  # from then on in time


async def test_a_touch_in_the_moment_in_which_patience_ends_is_still_the_kernels(bell, monkeypatch):
    looked_instead = []
    monkeypatch.setattr(Ears, "_look_instead", lambda self: looked_instead.append(self._told))
    loop = asyncio.get_running_loop()
    listening = Ears(bell, every=0.01)
    with listening:
        loop.call_later(0.01, time.sleep, 0.2)  # then both of these are due in the same turn of the loop
        loop.call_later(0.1, lambda: os.utime(bell, (2, 2)))
        assert await listening.heard(0.08)
        assert looked_instead == []
    monkeypatch.undo()
    listening._look_instead()


async def test_many_touches_are_one_answer_now_and_then(bell):
    answers, began = 0, time.monotonic()
    with Ears(bell, every=0.2) as listening:
        async with asyncio.TaskGroup() as tasks:

            async def touch():
                for turn in range(50):
                    os.utime(bell, (turn + 2, turn + 2))
                    await asyncio.sleep(0.01)

            touching = tasks.create_task(touch())
            while not touching.done():
                answers += await listening.heard(0.3)
    assert 1 <= answers <= (time.monotonic() - began) / 0.2 + 1


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted in /proc")
async def test_nothing_is_left_open(bell):
    before = len(list(Path("/proc/self/fd").iterdir()))
    with Ears(bell, every=0.01) as listening:
        assert len(list(Path("/proc/self/fd").iterdir())) > before
        await listening.heard(0.0)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
