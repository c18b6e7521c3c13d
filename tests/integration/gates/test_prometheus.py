"""Gates against a real Prometheus: what is missing, late, doubled or wrong is never a pass."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from runbook_tui.gates.condition import Check, Machine, Reading
from runbook_tui.gates.verdict import Verdict
from runbook_tui.run.ports import SignalError
from runbook_tui.signals.prometheus import PrometheusServer, PrometheusSignal
from runbook_tui.watching import Watched, Watcher
from tests.integration.gates.conftest import Clock, eventually, until

pytestmark = pytest.mark.timeout(90)


def watcher(server, query, *, clock=None, lookback=120.0, **fields):
    fields = {"breach": ">", "threshold": 0.1, "interval": 0.5, "stale": 3.0, **fields}
    check = Check(id=query, text=query, **fields)
    return Watcher(Watched(check=check, signal=PrometheusSignal(server, query, lookback=lookback)), clock or Clock())


async def shows(prometheus, exporter, text, seconds=20.0):
    """Wait until the server has this text, and no series of an older one."""
    exporter.text = text
    rows = [line.split() for line in text.splitlines() if not line.startswith("#")]

    def there():
        count = prometheus.value("count(errors)")
        return count == len(rows) and all(prometheus.value(name) == float(value) for name, value in rows)

    await asyncio.to_thread(until, there, text)


async def test_a_value_of_the_service(server, prometheus, exporter):
    await shows(prometheus, exporter, "errors 0.03\n")
    seen = await watcher(server, "errors").look()
    assert (seen.standing.verdict, seen.standing.value, seen.standing.series) == (Verdict.PASS, 0.03, 1)
    assert abs(seen.skew) < 5
    await shows(prometheus, exporter, "errors 0.2\n")
    assert (await watcher(server, "errors").look()).standing.verdict is Verdict.FAIL


async def test_for_five_seconds(server, prometheus, exporter):
    await shows(prometheus, exporter, "errors 0.3\n")
    one = watcher(server, "errors", lasting=2.0)
    first = await one.look()
    assert first.standing.verdict is Verdict.PASS
    assert first.standing.trips_in == pytest.approx(2.0, abs=0.5)
    seen = await eventually(one.look, Verdict.FAIL)
    assert seen.standing.breaching >= 2.0


async def test_nan_is_no_data(server, prometheus, exporter):
    exporter.text = "errors NaN\nthere 1\n"
    prometheus.until("there", 1.0)
    seen = await watcher(server, "errors").look()
    assert (seen.standing.verdict, seen.standing.detail) == (Verdict.NO_DATA, "the answer is not a number")
    assert (await watcher(server, "0 / 0").look()).standing.verdict is Verdict.NO_DATA
    assert (await watcher(server, "1 / 0").look()).standing.verdict is Verdict.NO_DATA


async def test_an_empty_vector_is_no_data(server):
    seen = await watcher(server, "nothing_of_that_name").look()
    assert seen.standing.verdict is Verdict.NO_DATA
    assert (await watcher(server, "up > 5").look()).standing.verdict is Verdict.NO_DATA


async def test_two_series_are_an_error(server, prometheus, exporter):
    exporter.text = 'errors{pod="a"} 0.01\nerrors{pod="b"} 0.02\n'
    prometheus.until('errors{pod="b"}', 0.02)
    seen = await watcher(server, "errors").look()
    assert seen.standing.verdict is Verdict.ERROR
    assert seen.standing.detail == "2 series answer, one is wanted"
    assert (await watcher(server, "max(errors)").look()).standing.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("query", "why"), [("sum(", "refuses the query"), ("up[5m]", "a matrix"), ('"text"', "a string")]
)
async def test_what_is_no_number_is_an_error(server, query, why):
    seen = await watcher(server, query).look()
    assert seen.standing.verdict is Verdict.ERROR
    assert why in seen.standing.detail


async def test_a_target_that_stops_is_no_data_at_once(server, prometheus, exporter):
    await shows(prometheus, exporter, "errors 0.01\n")
    one = watcher(server, "errors")
    assert (await one.look()).standing.verdict is Verdict.PASS
    exporter.stop()
    try:
        prometheus.until("up", 0.0)
        await eventually(one.look, Verdict.NO_DATA)
        assert (await watcher(server, "up", breach="<", threshold=1).look()).standing.verdict is Verdict.FAIL
    finally:
        exporter.start()
    prometheus.until("up", 1.0)
    await eventually(one.look, Verdict.PASS)


async def test_a_silent_series_does_not_live_for_five_minutes(server):
    """Prometheus itself shows its last value for five minutes."""
    assert (await watcher(server, "silent", lookback=300, threshold=9).look()).standing.verdict is Verdict.PASS
    assert (await watcher(server, "silent", threshold=9).look()).standing.verdict is Verdict.NO_DATA


@pytest.mark.parametrize("off", [300.0, -300.0])
async def test_our_clock_five_minutes_off(server, prometheus, exporter, off):
    await shows(prometheus, exporter, "errors 0.3\n")
    one = watcher(server, "errors", lasting=1.5, clock=Clock(off))
    assert (await one.look()).standing.verdict is Verdict.PASS
    seen = await eventually(one.look, Verdict.FAIL)
    assert seen.skew == pytest.approx(-off, abs=10)
    assert 1.5 <= seen.standing.breaching < 100


async def test_a_server_killed_and_back(server, prometheus, exporter):
    await shows(prometheus, exporter, "errors 0.3\n")
    one = watcher(server, "errors", lasting=60.0)
    assert (await one.look()).standing.verdict is Verdict.PASS
    began = time.monotonic()
    prometheus.kill()
    seen = await one.look()
    assert seen.standing.verdict is Verdict.ERROR
    assert "Connection refused" in seen.standing.detail or "cannot be asked" in seen.standing.detail
    prometheus.start()
    prometheus.until("errors", 0.3)
    seen = await eventually(one.look, Verdict.PASS)
    assert seen.standing.breaching > 0.9 * (time.monotonic() - began), "the gap did not clear the timer"


async def test_a_counter_reset_is_no_fall(server, prometheus, exporter):
    for count in (1000, 1010):
        exporter.text = f"# TYPE requests_total counter\nrequests_total {count}\n"
        prometheus.until("requests_total", count)
    exporter.text = "# TYPE requests_total counter\nrequests_total 5\n"
    prometheus.until("requests_total", 5)
    seen = await watcher(server, "increase(requests_total[10s])", breach="<", threshold=0).look()
    assert seen.standing.verdict is Verdict.PASS
    assert 0 < seen.standing.value < 1000


async def test_two_of_twenty_samples_missing(server, past):
    """Ten minutes of a breach, asked as they were then: 2 of 20 missing are enough, 5 of 20 are not."""
    now, _ = past
    check = Check(id="gap", text="gap", breach=">", threshold=0.1, lasting=600, interval=30)
    start = datetime.fromtimestamp(now, UTC) - timedelta(seconds=601)
    for coverage, verdict in ((0.8, Verdict.FAIL), (0.95, Verdict.NO_DATA)):
        machine = Machine(Check(**{**{f: getattr(check, f) for f in check.__struct_fields__}, "coverage": coverage}),
                          start=0.0)  # fmt: skip
        for n in range(21):
            at = start + timedelta(seconds=30 * n + 1)
            found = await server.query("gap", lookback=20, at=at)
            value = found[0].value if found else None
            trouble = None if found else Verdict.NO_DATA
            machine.feed(Reading(at=30.0 * n, value=value, trouble=trouble))
        standing = machine.look(600.0)
        assert standing.verdict is verdict
        assert standing.samples == 19  # 2 of the 21 asked for were not there


async def test_no_server_and_no_prometheus(web, exporter):
    with pytest.raises(SignalError, match="cannot be asked"):
        await PrometheusServer("http://127.0.0.1:9", web).query("up")
    with pytest.raises(SignalError, match="not as a Prometheus"):
        await PrometheusServer(f"http://127.0.0.1:{exporter.port}", web).query("up")
