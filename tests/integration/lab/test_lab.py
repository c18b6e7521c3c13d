"""The lab as an operator uses it: real processes on loopback, on free ports."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import msgspec
import pytest

from runbook_tui.lab import control
from runbook_tui.lab.check import Limits, check
from runbook_tui.lab.control import LabError, PartState
from runbook_tui.lab.process import read_record, start_mark
from runbook_tui.lab.server import ask


def kill(folder, name):
    pid = read_record(folder, name).pid
    os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + 5
    while start_mark(pid) is not None and time.monotonic() < end:
        time.sleep(0.01)


def test_a_release_from_nothing_to_nothing(folder):
    status = control.up(folder, port=0)
    assert status.up
    assert [(p.name, p.state, p.weight) for p in status.parts] == [
        ("gateway", PartState.RUNNING, None),
        ("v1", PartState.RUNNING, 100),
        ("v2", PartState.ABSENT, 0),
    ]
    port = control.gateway_port(folder)
    assert check(port, 20, Limits(only="v1")).passed

    assert control.deploy(folder, "v2").part("v2").weight == 0
    assert check(port, 20, Limits(only="v1")).passed

    control.weigh(folder, {"v1": 90, "v2": 10})
    assert check(port, 100, Limits()).versions == {"v1": 90, "v2": 10}
    control.weigh(folder, {"v1": 25, "v2": 75})
    assert check(port, 100, Limits()).versions == {"v1": 25, "v2": 75}

    with pytest.raises(LabError, match="v2 gets 75 % of the traffic; nothing was removed"):
        control.remove(folder, "v2")
    control.weigh(folder, {"v1": 100, "v2": 0})
    assert control.remove(folder, "v2").part("v2").state is PartState.ABSENT
    assert check(port, 20, Limits(only="v1")).passed

    pids = [p.pid for p in control.status(folder).parts if p.pid]
    assert not control.down(folder).up
    assert not folder.exists()
    assert [start_mark(pid) for pid in pids] == [None, None]


def test_up_twice_and_down_twice_change_nothing(folder):
    first = control.up(folder, port=0)
    assert control.up(folder, port=0) == first
    assert control.up(folder) == first
    control.down(folder)
    assert control.down(folder).url is None


def test_two_terminals_bring_it_up_at_once(folder):
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(control.up(folder, port=0))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 4
    assert all(status == seen[0] for status in seen)


def test_traffic_goes_only_where_something_is_deployed(folder):
    control.up(folder, port=0)
    with pytest.raises(LabError, match="v2 is not deployed"):
        control.weigh(folder, {"v1": 50, "v2": 50})
    assert check(control.gateway_port(folder), 10, Limits(only="v1")).passed


def test_a_crashed_version_is_seen_by_status_and_by_the_check_and_comes_back(folder):
    control.up(folder, port=0)
    control.deploy(folder, "v2")
    control.weigh(folder, {"v1": 50, "v2": 50})
    kill(folder, "v2")
    status = control.status(folder)
    assert not status.up
    assert status.part("v2").state is PartState.CRASHED
    result = check(control.gateway_port(folder), 20, Limits())
    assert result.errors == 10
    assert not result.passed

    assert control.up(folder).up
    assert check(control.gateway_port(folder), 20, Limits()).versions == {"v1": 10, "v2": 10}


def test_a_killed_gateway_comes_back_on_its_port_with_its_weights(folder):
    port = control.up(folder, port=0).part("gateway").port
    control.deploy(folder, "v2")
    control.weigh(folder, {"v1": 80, "v2": 20})
    kill(folder, "gateway")
    assert control.status(folder).part("gateway").state is PartState.CRASHED
    with pytest.raises(LabError, match="crashed"):
        control.gateway_port(folder)

    assert control.up(folder).part("gateway").port == port
    assert check(port, 50, Limits()).versions == {"v1": 40, "v2": 10}


def test_a_version_that_hangs_is_told_from_one_that_runs(folder, monkeypatch):
    control.up(folder, port=0)
    pid = read_record(folder, "v1").pid
    os.kill(pid, signal.SIGSTOP)
    assert control.status(folder).part("v1").state is PartState.SILENT
    monkeypatch.setattr(control.process.stop, "__kwdefaults__", {"grace": 0.2})
    assert control.up(folder).part("v1").pid != pid


def test_a_taken_port_is_named_and_nothing_is_left_behind(folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LabError, match=f"Port {port} of 127.0.0.1 is taken"):
            control.up(folder, port=port)
    status = control.status(folder)
    assert status.url is None
    assert {part.state for part in status.parts} == {PartState.ABSENT}


def test_another_port_for_a_running_lab_is_refused(folder):
    port = control.up(folder, port=0).part("gateway").port
    with pytest.raises(LabError, match=f"runs already, on port {port}"):
        control.up(folder, port=1)


def test_it_outlives_the_terminal_that_started_it(folder):
    code = "import sys, pathlib; from runbook_tui.lab import control; control.up(pathlib.Path(sys.argv[1]), port=0)"
    shell = subprocess.Popen([sys.executable, "-c", code, str(folder)], start_new_session=True)
    shell.wait()
    with contextlib.suppress(ProcessLookupError):  # nobody of that group is left
        os.killpg(shell.pid, signal.SIGHUP)
    assert control.status(folder).up


def test_each_part_tells_of_itself(folder):
    status = control.up(folder, port=0)
    gateway, v1 = status.part("gateway").port, status.part("v1").port
    check(gateway, 5, Limits())
    assert ask(v1, "GET", "/health").status == 200
    assert msgspec.json.decode(ask(v1, "GET", "/version").body)["version"] == "v1"
    assert b'lab_service_requests_total{version="v1",status="200"} 5' in ask(v1, "GET", "/metrics").body
    assert b'lab_gateway_requests_total{version="v1",status="200"} 5' in ask(gateway, "GET", "/admin/metrics").body
    assert msgspec.json.decode(ask(gateway, "GET", "/admin/weights").body) == {"v1": 100, "v2": 0}
    assert ask(gateway, "PUT", "/admin/weights", b"nonsense").status == 400
    assert ask(gateway, "GET", "/nowhere").status == 404


def test_without_a_lab_every_verb_says_how_to_get_one(folder):
    for verb in (
        lambda: control.deploy(folder, "v2"),
        lambda: control.remove(folder, "v2"),
        lambda: control.weigh(folder, {"v1": 100}),
    ):
        with pytest.raises(LabError, match="rbt lab up"):
            verb()
