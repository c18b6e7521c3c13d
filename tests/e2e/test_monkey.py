"""Whatever is pressed, the app stays and the journal stays whole."""

import pytest

from runbook_tui.desk import LocalDesk
from tests import monkey

KEYS = 1_250  # of each seed; fifty thousand are pressed in the bench


@pytest.mark.parametrize("seed", [1, 3, 4, 5])
@pytest.mark.timeout(400)
async def test_thousands_of_keys_in_no_order(folder, seed, monkeypatch):
    story = await monkey.play(KEYS, seed, folder)
    assert story.keys >= KEYS
    assert story.living > KEYS // 2
    states = [state for state in folder.glob("state-*") if any(state.iterdir())]
    assert states
    for state in states:
        monkeypatch.setenv("RBT_STATE", str(state))
        desk = LocalDesk()
        journal = await desk._journal()
        for run in await journal.runs():
            records = await journal.read(run.run)
            assert [record.seq for record in records] == list(range(1, len(records) + 1))
        await desk.close()
