"""Alerts of a real Prometheus in a real Alertmanager; without the heartbeat, quiet is no data."""

import subprocess

import pytest

from runbook_tui.gates.condition import Check
from runbook_tui.gates.verdict import Verdict
from runbook_tui.run.ports import SignalError
from runbook_tui.signals.alertmanager import AlertSignal
from runbook_tui.watching import Watched, Watcher
from tests.integration.gates.conftest import Clock, Prometheus, answers, eventually, free_port, needs, until

pytestmark = pytest.mark.timeout(90)
RULES = """
groups:
  - name: service
    rules:
      - {alert: Watchdog, expr: vector(1)}
      - {alert: HighErrors, expr: 'max(errors) > 0.1', for: 1s, labels: {severity: critical}}
"""


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory):
    needs("prometheus-alertmanager")
    folder, port = tmp_path_factory.mktemp("alertmanager"), free_port()
    (folder / "a.yml").write_text(
        "route: {receiver: none, group_wait: 100ms, group_interval: 500ms}\nreceivers: [{name: none}]\n"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["prometheus-alertmanager", f"--config.file={folder}/a.yml", f"--storage.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="],
            stdout=log, stderr=log,
        )  # fmt: skip
        try:
            until(lambda: answers(f"http://127.0.0.1:{port}/-/ready"), "Alertmanager")
            yield port
        finally:
            process.kill()
            process.wait()


def watcher(url, web, *filters, **fields):
    check = Check(id="alerts", text="no alert fires", breach=">", threshold=0, interval=0.5)
    return Watcher(Watched(check=check, signal=AlertSignal(url, web, filters, **fields)), Clock())


async def test_alerts_from_firing_to_quiet(alertmanager, tmp_path, exporter, web):
    url = f"http://127.0.0.1:{alertmanager}"
    one = watcher(url, web, 'alertname="HighErrors"')
    assert (await one.look()).standing.verdict is Verdict.NO_DATA, "nothing ever reported: quiet is no pass"
    exporter.text = "errors 0.01\n"
    prometheus = Prometheus(tmp_path, exporter.port, rules=RULES, alertmanager=alertmanager)
    try:
        assert (await eventually(one.look, Verdict.PASS)).standing.value == 0
        exporter.text = "errors 0.5\n"
        assert (await eventually(one.look, Verdict.FAIL)).standing.value == 1
        assert (await watcher(url, web, 'severity="critical"').look()).standing.verdict is Verdict.FAIL
        assert (await watcher(url, web, 'severity="page"').look()).standing.verdict is Verdict.PASS
        exporter.text = "errors 0.01\n"
        await eventually(one.look, Verdict.PASS, seconds=40)
    finally:
        prometheus.kill()
    assert (await watcher(url, web, 'severity="page"', heartbeat="Nobody").look()).standing.verdict is Verdict.NO_DATA


async def test_a_bad_filter_and_a_dead_server_are_errors(alertmanager, web):
    with pytest.raises(SignalError, match="400"):
        await AlertSignal(f"http://127.0.0.1:{alertmanager}", web, ["{{"]).read()
    assert (await watcher("http://127.0.0.1:9", web, "x").look()).standing.verdict is Verdict.ERROR
