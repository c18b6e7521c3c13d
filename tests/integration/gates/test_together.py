"""When conditions are asked about: spread over the interval, a few in one breath, the same question but once."""

import asyncio
import time

from runbook_tui.gates.condition import Check
from runbook_tui.records import SystemClock
from runbook_tui.run.ports import Sample
from runbook_tui.watching import BREATH, Watched, Watching


class Noting:
    def __init__(self, name, times):
        self.name, self.times = name, times

    async def read(self):
        self.times.append((time.monotonic(), self.name))
        return [Sample(name=self.name, value=1.0, at=SystemClock().now())]

    async def close(self):
        pass


async def test_questions_are_spread_and_the_same_ones_asked_in_one_breath():
    times = []
    count = 4 * BREATH
    watched = [
        Watched(
            check=Check(id=f"{n}-{copy}", text="c", breach=">", threshold=2.0, interval=0.8),
            signal=Noting(f"q{n}", times), question=f"q{n}",
        )
        for copy in range(2)
        for n in range(count)
    ]  # fmt: skip
    task = asyncio.create_task(Watching(watched, SystemClock()).run())
    begin = time.monotonic()
    while len(times) < 2 * count:
        await asyncio.sleep(0.02)
        assert time.monotonic() - begin < 10
    task.cancel()
    first = times[: 2 * count]
    assert len({name for _, name in first}) == count
    at = {name: [when for when, other in first if other == name] for _, name in first}
    assert first[-1][0] - first[0][0] > 0.5, "over three quarters of the interval"
    assert at["q0"][0] < at[f"q{BREATH}"][0] < at[f"q{2 * BREATH}"][0] < at[f"q{3 * BREATH}"][0]
    assert all(abs(pair[0] - pair[1]) < 0.15 for pair in at.values()), "both copies in one breath"
