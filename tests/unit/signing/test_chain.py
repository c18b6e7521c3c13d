"""What somebody with the file can do to a record without signatures, and what notices it."""

from datetime import timedelta

import pytest

from runbook_tui.run import events as e
from runbook_tui.signing.evidence import Head
from runbook_tui.signing.findings import Weight
from runbook_tui.signing.verification import verify
from tests.unit.signing.records import DOCUMENT, START, evidence, job, name, output, started, stored

OUT = b"all good\n"


def run_of(count: int = 6) -> list:
    return stored(
        [
            started(),
            e.DriveTaken(epoch=1, holder="ana"),
            *job("j1", OUT),
            *[e.StepTicked(step=f"s{n}") for n in range(count)],
        ]
    )


def codes(found) -> set[str]:
    return {one.code for one in found.findings if one.weight is Weight.VIOLATED}


def test_an_untouched_record_is_consistent_and_says_what_it_cannot_tell() -> None:
    found = verify(evidence(run_of(), [OUT], outputs={"j1": output(OUT)}))
    assert found.findings == ()
    assert (found.exit_code, found.verdict) == (0, "internally consistent, not anchored")
    assert (found.documents, found.outputs, found.output_bytes) == (1, 1, len(OUT))
    assert any("never recorded" in one for one in found.cannot_tell)


def test_every_event_dropped_doubled_or_swapped_is_found_and_named() -> None:
    rows = run_of()
    for at in range(len(rows)):
        dropped, doubled = rows[:at] + rows[at + 1 :], rows[: at + 1] + rows[at:]
        last = Head(seq=len(rows), hash=rows[-1].hash, source="the store")
        assert verify(evidence(dropped, [OUT], last=last)).exit_code == 5
        first = next(one for one in verify(evidence(doubled, [OUT])).findings if one.code == "gap")
        assert first.seq == at + 2
        if at + 1 < len(rows):
            swapped = [*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]]
            assert next(iter(verify(evidence(swapped, [OUT])).findings)).seq == at + 1


@pytest.mark.parametrize("field", ["seq", "prev", "hash", "body"])
def test_every_changed_field_of_every_event_is_found(field) -> None:
    rows = run_of()
    for at, row in enumerate(rows):
        was = getattr(row, field)
        for now in (was + 1 if isinstance(was, int) else "0" * 64 if was != "0" * 64 else "1", None, b"x", ""):
            changed = [*rows[:at], row._replace(**{field: now}), *rows[at + 1 :]]
            assert verify(evidence(changed, [OUT])).violated, (at, now)


def test_a_tail_cut_off_is_found_by_any_head_noted_elsewhere() -> None:
    rows = run_of()
    cut = rows[:-2]
    honest = Head(seq=len(rows), hash=rows[-1].hash, source="the exported head")
    assert not verify(evidence(cut, [OUT])).violated  # head set right: only somebody outside can tell
    assert codes(verify(evidence(cut, [OUT], heads=(honest,)))) == {"tail"}
    assert codes(verify(evidence(cut, [OUT], last=honest))) == {"tail"}


def test_a_record_written_anew_is_found_by_a_head_noted_elsewhere() -> None:
    rows, other = run_of(), stored([started(), e.DriveTaken(epoch=1, holder="mallory")])
    known = Head(seq=2, hash=rows[1].hash, source="the team's repository")
    assert not verify(evidence(other)).violated
    found = verify(evidence(other, heads=(known,)))
    assert codes(found) == {"head"}
    assert "written anew" in found.findings[0].text
    right = verify(evidence(rows, [OUT], heads=(known,)))
    assert right.verdict == "consistent and anchored"
    assert right.anchored == (f"up to event 2 of {len(rows)} by the team's repository",)


def test_snapshots_and_outputs_are_held_against_their_hashes() -> None:
    rows, kept = run_of(), {name(DOCUMENT): DOCUMENT, name(OUT): OUT}
    for victim, code in ((DOCUMENT, "blob"), (OUT, "output")):
        assert codes(verify(evidence(rows, stored=kept | {name(victim): victim + b" "}))) == {code}
        assert codes(verify(evidence(rows, stored={k: v for k, v in kept.items() if v != victim}))) == {code}
    assert codes(verify(evidence(rows, [OUT], outputs={"j1": output(b"other")}))) == {"output"}


def test_an_output_that_was_not_kept_whole_is_said_so() -> None:
    finished = e.JobFinished(job="j", exit=0, output=name(OUT), output_bytes=100, output_sha256="0" * 64)
    found = verify(evidence(stored([started(), job("j", OUT)[0], finished]), [OUT]))
    assert not found.violated
    assert "91 bytes in the middle" in found.findings[0].text


def test_a_clock_that_was_set_back_is_told_and_does_no_harm() -> None:
    times = [START + timedelta(seconds=n) for n in range(3)] + [
        START - timedelta(hours=1, seconds=-n) for n in range(3, 6)
    ]
    rows = stored([started(), *[e.StepTicked(step=f"s{n}") for n in range(5)]], times=times)
    found = verify(evidence(rows))
    assert not found.violated
    assert [one.code for one in found.findings] == ["clock"]
    assert found.findings[0].seq == 4


def test_nothing_at_all_is_no_record() -> None:
    assert verify(evidence([])).exit_code == 5
