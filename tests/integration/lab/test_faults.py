"""What goes wrong in the lab goes wrong for real, at its time, and is over when it is switched off."""

import contextlib
import http.client
import subprocess
import time
from pathlib import Path

import pytest

from runbook_tui.lab import backup, control, faults, images
from runbook_tui.lab.check import Limits, check
from runbook_tui.lab.control import LabError, PartState
from runbook_tui.lab.faults import UnknownFault, chosen
from runbook_tui.lab.process import read_record
from runbook_tui.lab.server import ask
from runbook_tui.signals.gpu.dcgm_page import hosts


@pytest.fixture
def lab(folder):
    """Up, with v2 beside v1, all of the traffic on v2."""
    control.up(folder, port=0)
    control.deploy(folder, "v2")
    control.weigh(folder, {"v1": 0, "v2": 100})
    return folder


def on(folder, name, **said):
    faults.switch_on(folder, chosen(name, **said))


def checked(folder, requests=20):
    return check(control.gateway_port(folder), requests, Limits(errors=1, p95=500))


def get(folder, name, path):
    return ask(read_record(folder, name).port, "GET", path, timeout=5)


def wait(condition, seconds=8.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_error_rate_is_exact_and_over_when_it_is_off(lab):
    on(lab, "error-rate", value=25)
    assert checked(lab, 40).errors == 10
    faults.switch_off(lab, "error-rate")
    assert checked(lab).passed


def test_only_the_version_that_is_meant_is_struck(lab):
    on(lab, "error-rate", value=100, part="v1")
    assert checked(lab).passed
    control.weigh(lab, {"v1": 50, "v2": 50})
    assert checked(lab).errors == 10


def test_latency(lab):
    on(lab, "latency", value=120)
    assert 120 <= checked(lab, 3).p95 < 2000


def test_a_crash_comes_again_until_it_is_off(lab):
    on(lab, "crash", value=0.1)
    wait(lambda: control.status(lab).part("v2").state is PartState.CRASHED)
    assert checked(lab).errors == 20
    with contextlib.suppress(LabError):  # it may die before anybody has asked it
        control.up(lab)
    wait(lambda: control.status(lab).part("v2").state is PartState.CRASHED)
    faults.switch_off(lab, "all")
    control.up(lab)
    assert checked(lab).passed


def test_a_slow_start_is_waited_for_and_given_up(folder):
    control.up(folder, port=0)
    on(folder, "slow-start", value=60)
    with pytest.raises(LabError, match=r"v2 was started and is not ready after 0\.3 s"):
        control.deploy(folder, "v2", patience=0.3)
    assert control.status(folder).part("v2").state is PartState.STARTING
    faults.switch_off(folder, "slow-start")
    on(folder, "slow-start", value=0.5)
    assert control.deploy(folder, "v2").part("v2").state is PartState.RUNNING


def test_builds_and_images(folder):
    control.up(folder, port=0)
    images.build(folder, "service:2")
    on(folder, "failed-build")
    with pytest.raises(images.ImageError, match="could not be built"):
        images.build(folder, "service:3")
    on(folder, "bad-image")
    with pytest.raises(images.ImageError, match="ImagePullBackOff"):
        control.deploy(folder, "v2", image="service:2")
    assert control.status(folder).part("v2").state is PartState.ABSENT
    faults.switch_off(folder, "bad-image")
    assert control.deploy(folder, "v2", image="service:2").part("v2").release == "2"


def test_a_full_disk_refuses_and_loses_nothing(folder):
    control.up(folder, port=0, more={"store": ""})
    backup.jobs(folder, add=5)
    on(folder, "disk-full")
    with pytest.raises(backup.BackupError, match="database or disk is full"):
        backup.jobs(folder, add=1)
    assert backup.jobs(folder).count == 5
    faults.switch_off(folder, "disk-full")
    assert backup.jobs(folder, add=1).count == 6


def test_an_xid_is_told_as_dcgm_tells_it_and_79_takes_the_device_away(folder):
    control.up(folder, port=0, more={"gpu": ""})

    def seen(before):
        return hosts(get(folder, "gpu", "/metrics").body.decode(), where="x", before=before, at=1.0)[0].gpus

    first = {gpu.uuid: gpu for gpu in seen({})}
    on(folder, "gpu-xid", value=48)
    assert [xid.code for gpu in seen(first) for xid in gpu.xid or ()] == [48]
    on(folder, "gpu-xid")
    gone = get(folder, "gpu", "/metrics").body.decode()
    assert gone.count("DCGM_FI_DEV_GPU_UTIL{") == 3
    assert 'err_code="79"' in gone


@pytest.mark.skipif(not Path("/proc").exists(), reason="memory is read in /proc")
def test_a_leak_takes_memory(lab):
    def megabytes():
        line = next(
            s for s in get(lab, "v2", "/metrics").body.decode().splitlines() if s.startswith("lab_service_memory")
        )
        return float(line.split()[-1]) / 2**20

    before = megabytes()
    on(lab, "memory-leak", value=100)
    wait(lambda: megabytes() > before + 30)
    assert checked(lab).passed


def test_a_dashboard_that_cannot_be_reached(folder):
    control.up(folder, port=0, more={"dashboard": "0"})
    assert b"gateway" in get(folder, "dashboard", "/").body
    on(folder, "dashboard-unreachable")
    with pytest.raises((OSError, http.client.HTTPException)):
        get(folder, "dashboard", "/")
    faults.switch_off(folder, "all")
    assert get(folder, "dashboard", "/").status == 200


def test_no_metrics_anywhere_and_the_service_goes_on(folder):
    control.up(folder, port=0, more=dict.fromkeys(("metrics", "store", "gpu"), ""))
    on(folder, "no-metrics")
    for name, path in (("metrics", "/metrics"), ("gateway", "/admin/metrics"), ("v1", "/metrics"), ("gpu", "/metrics")):
        assert get(folder, name, path).status == 503
    assert checked(folder).passed


def test_a_lost_link_ends_sessions_and_comes_back(folder):
    control.up(folder, port=0, more={"ssh": ""})
    words = ["ssh", "-F", str(folder / "ssh" / "config"), "lab-host"]
    with subprocess.Popen([*words, "sleep 60"], stderr=subprocess.DEVNULL) as client:
        time.sleep(0.7)
        on(folder, "lost-link", value=0.6)
        assert client.wait(10) == 255
    wait(lambda: control.status(folder).part("ssh").state is PartState.RUNNING)
    assert subprocess.run([*words, "true"], timeout=20, check=False).returncode == 0


# --- when ---


def test_a_fault_waits_for_its_time(lab):
    on(lab, "error-rate", value=100, after=1.0)
    assert checked(lab).passed
    wait(lambda: checked(lab, 2).errors == 2, 4)


@pytest.mark.parametrize("step", ["Deploy v2", "deploy", "41", "s-deploy"])
def test_a_fault_waits_for_its_step(lab, step):
    on(lab, "error-rate", value=100, step=step)
    assert faults.reached(lab, ("s-check", "12", "Check its health")) == ()
    assert checked(lab).passed
    assert [one.name for one in faults.reached(lab, ("s-deploy", "41", "Deploy v2 to all"))] == ["error-rate"]
    assert checked(lab).errors == 20
    assert faults.reached(lab, ("s-deploy", "41", "Deploy v2 to all")) == ()


def test_a_line_is_not_the_beginning_of_another(folder):
    control.up(folder, port=0)
    on(folder, "latency", step="4")
    assert faults.reached(folder, ("s", "41", "4 things")) == ()


def test_what_is_not_known_is_refused():
    with pytest.raises(UnknownFault, match="There is no fault 'fire'; the lab has error-rate,"):
        chosen("fire")
    with pytest.raises(UnknownFault, match="from 0 to 100 %, not 140"):
        chosen("error-rate", value=140)
