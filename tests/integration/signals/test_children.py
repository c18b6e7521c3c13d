"""Processes that are started and given up at once."""

import asyncio

import pytest

from runbook_tui.signals.gpu import children
from tests.stand_in.truth import running


async def test_giving_up_while_it_starts_hangs_nobody_and_leaves_nothing(tmp_path):
    mark = f"sleep 60 {tmp_path.name}"
    async with asyncio.timeout(40):
        for turns in range(60):
            task = asyncio.create_task(children.start("sh", "-c", f"sleep 60; : {mark}", longest_line=1000))
            for _ in range(turns % 6):
                await asyncio.sleep(0)
            task.cancel()
            try:
                await children.end(await task)
            except asyncio.CancelledError:
                continue
    assert running(mark) == []


async def test_what_cannot_be_started_says_so():
    with pytest.raises(FileNotFoundError):
        await children.start("/no/such/program", longest_line=1000)
