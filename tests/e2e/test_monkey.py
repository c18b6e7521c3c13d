"""Whatever is pressed, the app stays and the journal stays whole."""

import pytest

from runbook_tui.desk import LocalDesk
from tests import monkey

KEYS = 1_250  # of each seed; fifty thousand are pressed in the bench


@pytest.mark.parametrize("seed", [1, 3, 4, 5])
@pytest.mark.timeout(400)
async def test_thousands_of_keys_in_no_order(folder, seed):
    path = folder / "monkey.md"
    path.write_text(monkey.TEXT)
    played = await monkey.play(KEYS, seed, path)
    assert played["keys"] >= KEYS
    desk = LocalDesk()
    journal = await desk._journal()
    runs = await journal.runs()
    for run in runs:
        records = await journal.read(run.run)
        assert [record.seq for record in records] == list(range(1, len(records) + 1))
    await desk.close()
    assert runs
