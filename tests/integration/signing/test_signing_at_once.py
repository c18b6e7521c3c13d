"""Several people sign at the same moment, each from the run as they saw it; the journal is the real one."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
import pytest

from runbook_tui.evidence import evidence_of
from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.run import events as e
from runbook_tui.run.state import StepPhase
from runbook_tui.signing import offering
from runbook_tui.signing.verification import verify
from tests.integration.signing.bed import POLICY, Run, judge

TWO = b"""
people: {ana@example.org: [QA Lead], ben@example.org: [QA Lead], cy@example.org: [QA Lead]}
sign: {QA Lead: {count: 2}}
"""


class WallClock:
    def now(self):
        return datetime.now(UTC)

    def monotonic(self):
        return time.monotonic()


class Place:
    """A journal with a run that was walked to its sign-offs."""

    def __init__(self, run: Run, journal: SqliteJournal) -> None:
        self.run = run
        self.journal = journal

    async def case(self) -> offering.Case:
        return await offering.open_case(self.journal, self.run.name, self.run.runbook)

    def signed(self, case: offering.Case, person: str, role: str) -> tuple[bytes, bytes]:
        _, data = offering.put_before(
            case, self.run.step(role), f"{person}@example.org", "approved", at=datetime.now(UTC)
        )
        return data, self.run.team.sign(person, data)

    async def take(self, case: offering.Case, files: tuple[bytes, bytes]) -> e.Record:
        _, kept = await offering.record(self.journal, case, files, how="file", now=lambda: datetime.now(UTC))
        return kept

    async def exit_code(self) -> int:
        found = await evidence_of(self.journal, self.run.name)
        return verify(msgspec.structs.replace(found, outputs=None), judge).exit_code  # what ran here wrote no stream


@asynccontextmanager
async def walked(team, folder, policy: bytes):
    run = Run(team, policy=policy)
    journal = await SqliteJournal.open(folder, clock=WallClock(), actor="ana@bastion")
    try:
        await journal.open_run(run.name, [record.event for record in run.records], run.blobs)
        yield Place(run, journal)
    finally:
        await journal.close()


async def test_two_of_two_who_sign_at_once_complete_it(team, tmp_path) -> None:
    async with walked(team, tmp_path, TWO) as place:
        cases = [await place.case(), await place.case()]
        files = [place.signed(case, who, "QA Lead") for case, who in zip(cases, ("ana", "ben"), strict=True)]
        await asyncio.gather(*(place.take(case, one) for case, one in zip(cases, files, strict=True)))
        state = (await place.case()).state
        assert state.step(place.run.step("QA Lead").id).phase is StepPhase.DONE
        assert await place.exit_code() == 0


async def test_three_of_two_who_sign_at_once_are_all_right(team, tmp_path) -> None:
    async with walked(team, tmp_path, TWO) as place:
        case = await place.case()
        files = [place.signed(case, who, "QA Lead") for who in ("ana", "ben", "cy")]
        await asyncio.gather(*(place.take(case, one) for one in files))
        assert (await place.case()).state.signoffs[place.run.step("QA Lead").id].holds
        assert await place.exit_code() == 0


async def test_one_person_in_two_roles_at_once_is_told_so_the_second_time(team, tmp_path) -> None:
    policy = POLICY.replace(b"roles: [QA Lead]", b"roles: [QA Lead, Security Lead]")
    async with walked(team, tmp_path, policy) as place:
        case = await place.case()
        one, other = (place.signed(case, "ben", role) for role in ("QA Lead", "Security Lead"))
        await place.take(case, one)
        with pytest.raises(offering.NotSigned, match="one person signs for one role"):
            await place.take(case, other)
        assert await place.exit_code() == 0


async def test_what_changes_between_the_judging_and_the_writing_is_seen(team, tmp_path) -> None:
    async with walked(team, tmp_path, POLICY) as place:
        case = await place.case()
        files = place.signed(case, "ben", "QA Lead")
        note = e.NoteAdded(step=place.run.runbook.steps[0].id, text="it smells")
        await place.journal.add_note(place.run.name, [note])
        before = len(await place.journal.read(place.run.name))
        with pytest.raises(offering.NotSigned, match="the run has gone on since"):
            await place.take(case, files)
        assert len(await place.journal.read(place.run.name)) == before
