"""Whatever is pressed, the app stays and the journal stays whole."""

import pytest

from runbook_tui.desk import LocalDesk
from tests import monkey

KEYS = 2_500  # of each seed; fifty thousand are pressed in the bench


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.timeout(400)
async def test_thousands_of_keys_in_no_order(folder, seed):
    path = folder / "monkey.md"
    path.write_text(monkey.TEXT)
    played = await monkey.play(KEYS, seed, path)
    assert played["keys"] >= KEYS
    desk = LocalDesk()
    journal = await desk._journal()
    kinds = set()
    for run in await journal.runs():
        records = await journal.read(run.run)
        assert [record.seq for record in records] == list(range(1, len(records) + 1))
        kinds |= {type(record.event).__name__ for record in records}
    await desk.close()
    assert {"RunStarted", "JobFinished", "StepTicked"} <= kinds  # keys did something
