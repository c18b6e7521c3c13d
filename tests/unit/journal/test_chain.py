import json
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.journal import chain
from runbook_tui.journal.faults import Damaged
from runbook_tui.run.events import JobFinished, NoteAdded, RollbackStarted, StepTicked
from runbook_tui.run.ports import JournalError

AT = datetime(2026, 11, 22, 3, 0, 0, tzinfo=UTC)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
events = st.one_of(
    st.builds(NoteAdded, step=text, text=text),
    st.builds(StepTicked, step=text, automatic=st.booleans()),
    st.builds(RollbackStarted, reason=text, items=st.lists(text, max_size=3).map(tuple)),
)


def rows_of(run, events, epoch=1):
    rows, prev = [], chain.genesis(run)
    for seq, event in enumerate(events, 1):
        body = chain.encode(run=run, seq=seq, at=AT, actor="ana@bastion", epoch=epoch, event=event)
        hash_ = chain.link(prev, body)
        rows.append((seq, prev, hash_, body.decode()))
        prev = hash_
    return rows


def test_the_hash_is_the_one_of_the_specification():
    body = chain.encode(run="r", seq=1, at=AT, actor="ana@bastion", epoch=1, event=StepTicked(step="s"))
    assert body == (
        b'{"actor":"ana@bastion","at":"2026-11-22T03:00:00.000000Z","epoch":1,'
        b'"event":{"kind":"StepTicked","step":"s"},"run":"r","seq":1}'
    )
    prev = sha256(b"rbt-run-v1\0r").digest()
    expected = sha256(b"rbt-event-v1\0" + prev + len(body).to_bytes(8, "big") + body).hexdigest()
    assert chain.link(chain.genesis("r"), body) == expected


@given(st.lists(events, min_size=1, max_size=8))
def test_what_is_written_is_read(written):
    rows = rows_of("r", written)
    assert [record.event for record in chain.verify("r", rows)] == written
    middle = len(rows) // 2
    if middle:
        tail = chain.verify("r", rows[middle:], after=middle, head=rows[middle - 1][2])
        assert [record.seq for record in tail] == list(range(middle + 1, len(rows) + 1))


@given(events)
def test_a_body_is_canonical_json(event):
    body = chain.encode(run="r", seq=1, at=AT, actor="a", epoch=1, event=event).decode()
    assert json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False) == body


@given(st.lists(events, min_size=1, max_size=5), st.data())
def test_one_changed_byte_is_named_by_its_event(written, data):
    rows = rows_of("r", written)
    index = data.draw(st.integers(0, len(rows) - 1))
    seq, prev, hash_, body = rows[index]
    raw = body.encode()
    at = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
    rows[index] = (seq, prev, hash_, changed.decode(errors="replace"))
    with pytest.raises(Damaged) as caught:
        chain.verify("r", rows)
    assert caught.value.seq == seq


@pytest.mark.parametrize(
    ("edit", "seq"),
    [
        (lambda rows: rows.pop(1), 2),
        (lambda rows: rows.insert(1, rows.pop(2)), 2),
        (lambda rows: rows.pop(0), 1),
        (lambda rows: rows.insert(2, rows[1]), 3),
    ],
    ids=["one is gone", "two are swapped", "the first is gone", "one is repeated"],
)
def test_rows_moved_about(edit, seq):
    rows = rows_of("r", [StepTicked(step=str(n)) for n in range(4)])
    edit(rows)
    with pytest.raises(Damaged) as caught:
        chain.verify("r", rows)
    assert caught.value.seq == seq


def test_another_runs_events_do_not_pass():
    with pytest.raises(Damaged):
        chain.verify("other", rows_of("r", [StepTicked(step="s")]))


def forged(body):
    prev = chain.genesis("r")
    return [(1, prev, chain.link(prev, body.encode()), body)]


def test_a_kind_of_the_future_is_named():
    body = '{"actor":"a","at":"2026-11-22T03:00:00Z","epoch":1,"event":{"kind":"MoonLanded"},"run":"r","seq":1}'
    with pytest.raises(JournalError, match=r"Event 1 of run r is of a kind this rbt does not know \(MoonLanded\)"):
        chain.verify("r", forged(body))


def test_a_known_kind_that_cannot_be_read_is_named():
    body = '{"actor":"a","at":"2026-11-22T03:00:00Z","epoch":1,"event":{"kind":"StepTicked"},"run":"r","seq":1}'
    with pytest.raises(JournalError, match=r"StepTicked.*another version"):
        chain.verify("r", forged(body))


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", "\x00", '{"event": 1}'])
def test_a_body_that_is_no_event(body):
    with pytest.raises(Damaged):
        chain.verify("r", forged(body))


@pytest.mark.parametrize("row", [(1, None, None, None), (1, 5, b"x", b"y"), (1, "zz", "zz", "zz")])
def test_rows_of_another_type(row):
    with pytest.raises(Damaged):
        chain.verify("r", [row])


@pytest.mark.parametrize(
    "event",
    [
        NoteAdded(step="s", text="\udcff"),
        JobFinished(job="j", exit=0, seconds=float("nan")),
        StepTicked(step=5),
    ],
)
def test_what_would_not_read_back_is_refused_before_it_is_written(event):
    with pytest.raises(JournalError, match="cannot be recorded"):
        chain.encode(run="r", seq=1, at=AT, actor="a", epoch=1, event=event)
