"""Journals written by earlier versions of this program, as those versions left them."""

import gzip
from pathlib import Path

import pytest

from runbook_tui.journal import backup, schema
from runbook_tui.run.events import NoteAdded, Outcome
from runbook_tui.run.fold import fold

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("v*.db.gz"))


def test_there_is_a_journal_of_every_version_of_the_schema():
    assert {int(path.name[1 : path.name.index("-")]) for path in FIXTURES} >= set(range(1, schema.VERSION))
    assert len(FIXTURES) >= 2


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name.removesuffix(".db.gz"))
async def test_it_is_opened_understood_and_goes_on(opened, tmp_path, path):
    version = int(path.name[1 : path.name.index("-")])
    (tmp_path / "runs.db").write_bytes(gzip.decompress(path.read_bytes()))
    journal = await opened(tmp_path)
    (run,) = await journal.runs()
    records = await journal.read(run.run)  # every hash as it was then
    state = fold(records)
    assert state.title == "A release"
    assert state.outcome is Outcome.ROLLED_BACK
    assert [job.exit for job in state.jobs.values()].count(0) >= 3
    assert any("größer als vorher" in note.text for step in state.steps.values() for note in step.notes)
    for job in state.jobs.values():
        if job.output:
            assert await journal.blob(job.output)
    await journal.add_note(run.run, [NoteAdded(step="s", text="and on it goes")])
    assert len(await journal.read(run.run)) == len(records) + 1
    await journal.close()
    assert backup.examine_journal(tmp_path).sound
    labels = {copy.label for copy in backup.copies(tmp_path / "backup")}
    assert labels == ({f"schema-{version}"} if version < schema.VERSION else set())
