"""A watch that breaks off, or cannot be begun, is shown as an error and begun anew; it is never taken for a quiet one."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from runbook_tui.gates.condition import Check
from runbook_tui.gates.verdict import Verdict
from runbook_tui.lookout import keep_watch
from runbook_tui.records import SystemClock
from runbook_tui.run.gauges import STARTING, UNWATCHED, Gauge
from runbook_tui.run.ports import OperatorError, Sample
from runbook_tui.signals.expression import BadExpression, Expression, Scrape
from runbook_tui.watching import Watched, Watcher

GOOD = Gauge(condition="c", text="c", verdict="pass")


class Watch:
    """Watches until it is told to break off."""

    def __init__(self):
        self.over = asyncio.get_running_loop().create_future()

    def gauges(self):
        return (GOOD,)

    async def run(self):
        await self.over


@pytest.fixture
async def watched(tmp_path, monkeypatch):
    monkeypatch.setenv("RBT_STATE", str(tmp_path))
    conductor = SimpleNamespace(runbook=object(), watch=None, canary=None)
    begun, mishaps, seen = [], [], []

    async def begin():
        await asyncio.sleep(0)
        seen.append(conductor.watch()[0].condition if conductor.watch else None)
        if mishaps:
            raise mishaps.pop(0)
        begun.append(Watch())
        return begun[-1]

    conductor.watch = lambda: (Gauge(condition=STARTING, text="", verdict=None),)
    task = asyncio.create_task(keep_watch(conductor, begin, again=0.02))
    yield SimpleNamespace(conductor=conductor, begun=begun, mishaps=mishaps, seen=seen, task=task)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(predicate):
    async with asyncio.timeout(5):
        while not predicate():
            await asyncio.sleep(0.005)


def gauge(watched):
    return watched.conductor.watch()[0]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("invalid literal"), "a defect of rbt itself (ValueError)"),
        (ExceptionGroup("", [ExceptionGroup("", [KeyError("x")])]), "a defect of rbt itself (KeyError)"),
        (OperatorError("the drive was taken"), "the watch broke off: the drive was taken"),
    ],
)
async def test_a_watch_that_breaks_off_is_an_error_until_it_is_begun_anew(watched, error, told, tmp_path):
    await until(lambda: watched.begun)
    assert gauge(watched) == GOOD
    watched.begun[0].over.set_exception(error)
    await until(lambda: gauge(watched).condition == UNWATCHED)
    assert gauge(watched).verdict == "error"
    assert not gauge(watched).manual
    assert told in gauge(watched).detail
    await until(lambda: len(watched.begun) == 2)
    assert gauge(watched) == GOOD
    if "defect" in told:
        assert type(error).__name__ in (tmp_path / "rbt.log").read_text()


@pytest.mark.parametrize("error", [OperatorError("wants a query"), TypeError("can't multiply")])
async def test_a_watch_that_cannot_be_begun_is_tried_again(watched, error):
    await until(lambda: watched.begun)
    watched.mishaps += [error, error]
    watched.begun[0].over.set_result(None)
    await until(lambda: len(watched.begun) == 2)
    assert watched.seen == [STARTING, UNWATCHED, UNWATCHED, UNWATCHED], "what the record knows never stood for a watch"


async def test_an_edited_document_is_watched_anew(watched):
    await until(lambda: watched.begun)
    watched.conductor.runbook = object()
    await until(lambda: len(watched.begun) == 2)
    assert watched.begun[0].over.cancelled()
    assert watched.seen == [STARTING, STARTING]


class Broken:
    """A source that does what no source should."""

    name = "errors"

    def __init__(self, answer):
        self._answer = answer

    async def read(self):
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    async def close(self):
        pass


@pytest.mark.parametrize(
    "answer",
    [
        ValueError("could not convert string to float: 'x'"),
        KeyError("c"),
        RuntimeError(),
        [Sample(name="errors", value=1.0, at="yesterday")],
        [object()],
        7,
    ],
    ids=["not a number", "a key", "no words", "no time", "no sample", "no list"],
)
async def test_whatever_a_source_does_its_condition_has_a_verdict(answer):
    check = Check(id="c", text="c", breach=">", threshold=2.0, interval=0.1)
    seen = await Watcher(Watched(check=check, signal=Broken(answer)), SystemClock()).look()
    assert seen.standing.verdict is Verdict.ERROR
    assert "errors cannot be read" in seen.standing.detail


def test_a_bucket_that_ends_nowhere_is_told():
    scrape = Scrape(at=1.0, series={("b", (("le", "x"),)): 1.0, ("b", (("le", "+Inf"),)): 2.0})
    with pytest.raises(BadExpression, match="ends at 'x'"):
        Expression("histogram_quantile(0.95, b)").evaluate([scrape])
