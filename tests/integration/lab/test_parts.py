"""What else the lab can be: a store, an exporter, a dashboard, users, GPUs, a host to log in to."""

import asyncio
import contextlib
import gzip
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import asyncssh
import msgspec
import pytest

from runbook_tui.lab import backup, control, images, parts, ssh
from runbook_tui.lab.backup import BackupError
from runbook_tui.lab.control import LabError, PartState
from runbook_tui.lab.gpu import page as gpu_page
from runbook_tui.lab.gpu import readings
from runbook_tui.lab.process import read_record, start_mark
from runbook_tui.lab.server import ask
from runbook_tui.signals.gpu.dcgm_page import hosts
from runbook_tui.signals.gpu.recording import read


def up(folder, *names):
    return control.up(folder, port=0, more=dict.fromkeys(names, ""))


def port(folder, name):
    return read_record(folder, name).port


def get(folder, name, path):
    return ask(port(folder, name), "GET", path)


def test_everything_comes_up_on_ports_of_its_own_and_leaves_nothing_behind(folder):
    status = up(folder, *parts.EASY)
    assert status.up
    assert len({part.port for part in status.parts if part.port}) == 8
    assert control.up(folder).parts == status.parts
    assert oct(folder.stat().st_mode)[-3:] == "700"
    pids = [part.pid for part in status.parts if part.pid]
    control.down(folder)
    assert [start_mark(pid) for pid in pids] == [None] * 8
    assert not folder.exists()


def test_two_labs_beside_each_other(folder):
    other = folder.with_name("other")
    try:
        assert up(folder, "store", "dashboard").up
        assert up(other, "store", "dashboard").up
        control.down(other)
        assert control.status(folder).up
    finally:
        control.down(other)


def test_one_part_goes_and_comes_back(folder):
    up(folder, "store", "metrics")
    status = control.down(folder, ["metrics"])
    assert status.up
    assert [part.name for part in status.parts] == ["gateway", "v1", "v2", "store"]
    assert up(folder, "metrics").part("metrics").state is PartState.RUNNING
    with pytest.raises(LabError, match="v1 belongs to the lab"):
        control.down(folder, ["v1"])


def test_jobs_go_through_the_service_into_the_store(folder):
    up(folder, "store")
    reply = ask(port(folder, "gateway"), "POST", "/jobs", b'{"task": 1}')
    assert (reply.status, msgspec.json.decode(reply.body)) == (201, {"id": 1})
    assert ask(port(folder, "gateway"), "GET", "/jobs/1").body == b'{"task": 1}'
    assert ask(port(folder, "gateway"), "POST", "/jobs", b"no json").status == 400
    assert backup.jobs(folder, add=3).count == 4
    os.kill(read_record(folder, "store").pid, signal.SIGKILL)
    end = time.monotonic() + 5
    while ask(port(folder, "v1"), "GET", "/ready").status == 200 and time.monotonic() < end:
        time.sleep(0.02)
    assert msgspec.json.decode(get(folder, "v1", "/ready").body) == {"status": "the store does not answer"}
    assert ask(port(folder, "gateway"), "GET", "/jobs").status == 503
    assert control.up(folder).up
    assert backup.jobs(folder).count == 4


def test_one_page_of_metrics_for_all_parts(folder):
    up(folder, "store", "metrics", "gpu", "traffic")
    end = time.monotonic() + 10
    while "lab_traffic_requests_total 0\n" in (text := get(folder, "metrics", "/metrics").body.decode()):
        assert time.monotonic() < end
        time.sleep(0.05)
    for name in ("gateway", "v1", "store", "gpu", "traffic"):
        assert f'lab_up{{part="{name}"}} 1' in text
    for metric in ("lab_gateway_requests_total", "lab_service_memory_bytes", "lab_store_jobs", "DCGM_FI_DEV_GPU_UTIL"):
        assert metric in text
    types = [line for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(types) == len(set(types))


def test_a_blue_green_switch_goes_only_to_a_slot_that_is_ready(folder):
    up(folder)
    with pytest.raises(LabError, match=r"green \(v2\) is not ready"):
        control.switch(folder, "green")
    control.deploy(folder, "v2")
    assert control.switch(folder, "green").part("v2").weight == 100
    assert control.switch(folder, "blue").part("v1").weight == 100


def test_an_image_is_built_and_deployed(folder):
    up(folder)
    assert images.build(folder, "service:2.1.0").digest.startswith("sha256:")
    assert control.deploy(folder, "v2", image="service:2.1.0").part("v2").release == "2.1.0"
    assert msgspec.json.decode(get(folder, "v2", "/version").body)["release"] == "2.1.0"
    with pytest.raises(images.ImageError, match=r"There is no image service:9; built so far: service:2.1.0"):
        control.deploy(folder, "v2", image="service:9")
    images.build(folder, "service:2.2.0")
    control.weigh(folder, {"v1": 90, "v2": 10})
    with pytest.raises(LabError, match="v2 gets 10 % of the traffic; nothing was restarted"):
        control.deploy(folder, "v2", image="service:2.2.0")
    image = next((folder / "images").glob("*.image"))
    image.write_text(image.read_text().replace("2.1.0", "2.1.1"))
    with pytest.raises(images.ImageError, match="digest is another"):
        control.deploy(folder, "v2", image="service:2.1.0")


def test_what_was_lost_is_restored_from_a_backup_that_is_whole(folder, tmp_path):
    up(folder, "store")
    backup.jobs(folder, add=20)
    manifest = backup.save(folder, tmp_path / "b")
    assert (manifest.jobs, manifest.status) == (20, "complete")
    assert backup.verified(tmp_path / "b") == manifest
    with pytest.raises(BackupError, match="does not overwrite"):
        backup.save(folder, tmp_path / "b")
    with pytest.raises(BackupError, match="has jobs: nothing was restored"):
        backup.restore(folder, tmp_path / "b")
    backup.jobs(folder, add=1)
    control.lose(folder, "store")
    control.lose(folder, "v1")
    assert not (folder / "store.db").exists()
    assert not control.status(folder).up
    assert backup.restore(folder, tmp_path / "b") == manifest
    assert control.status(folder).up
    assert backup.jobs(folder).count == 20


def test_a_backup_that_was_changed_is_not_restored(folder, tmp_path):
    up(folder, "store")
    backup.jobs(folder, add=2)
    backup.save(folder, tmp_path / "b")
    control.lose(folder, "store")
    with (tmp_path / "b" / "store.db").open("r+b") as file:
        file.seek(100)
        file.write(b"x")
    with pytest.raises(BackupError, match="not what was saved"):
        backup.restore(folder, tmp_path / "b")
    (tmp_path / "b" / "manifest.json").unlink()
    with pytest.raises(BackupError, match="no manifest"):
        backup.verified(tmp_path / "b")


# --- GPUs that never were ---


def test_the_stand_in_for_gpus_is_read_as_a_fake_one(folder):
    up(folder, "gpu")
    found = hosts(get(folder, "gpu", "/metrics").body.decode(), where="x", before={}, at=0.0)
    assert [len(host.gpus) for host in found] == [4]
    assert found[0].fake
    assert not found[0].proves
    assert all("(FAKE) REPLAY" in gpu.name for gpu in found[0].gpus)
    assert found[0].gpus[0].memory_total == 80 * 2**30


def test_a_recording_of_real_gpus_is_played_and_still_called_fake(folder, tmp_path):
    up(folder, "gpu")
    own = folder / "gpu-recording.jsonl"
    assert len(list(read(own))) == 60  # rbt's own reader takes it
    recorded = tmp_path / "real.jsonl.gz"
    recorded.write_bytes(gzip.compress(own.read_bytes().replace(b"Lab accelerator (FAKE) REPLAY", b"NVIDIA H100")))
    assert "NVIDIA H100 (FAKE) REPLAY" in gpu_page(readings(recorded)[0], None)
    control.down(folder)
    control.up(folder, port=0, more={"gpu": str(recorded)})
    assert "NVIDIA H100 (FAKE) REPLAY" in get(folder, "gpu", "/metrics").body.decode()
    control.down(folder)
    with pytest.raises(LabError, match="cannot be played"):
        control.up(folder, port=0, more={"gpu": str(tmp_path / "none")})


# --- a host to log in to ---


def log_in(folder, command):
    words = ["ssh", "-F", str(folder / "ssh" / "config"), "lab-host", command]
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.skipif(ssh.sshd() is None, reason="no sshd on PATH (Debian: openssh-server)")
def test_openssh_logs_in_with_the_labs_own_keys(folder):
    up(folder, "ssh")
    done = log_in(folder, 'echo "$HOME"; exit 7')
    assert (done.stdout.strip(), done.returncode) == (str(folder / "ssh" / "home"), 7), done.stderr
    stranger = subprocess.run(
        ["ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
         "-o", "IdentityFile=none", "-o", "IdentityAgent=none", "-p", str(port(folder, "ssh")), "127.0.0.1", "true"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert "Permission denied" in stranger.stderr


async def test_asyncssh_serves_where_there_is_no_sshd(folder, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(ssh, "_PLACES", "/nonexistent")
    ssh.prepare(folder)
    listener = ssh.listen()
    task = asyncio.create_task(ssh._serve(folder, listener))
    try:
        place = folder / "ssh"
        async with asyncssh.connect(
            "127.0.0.1", listener.getsockname()[1], known_hosts=None, client_keys=[str(place / "key")], config=None,
            agent_path=None,
        ) as link:  # fmt: skip
            done = await link.run("/bin/sh -c 'read a; echo got $a $HOME; echo err >&2; exit 3'", input="x\n")
            assert (done.stdout, done.stderr, done.exit_status) == (f"got x {place / 'home'}\n", "err\n", 3)
            assert (await link.run("kill 0")).exit_status == 255, "a session kills itself and nothing else"
            assert (await link.run("echo on")).stdout == "on\n"
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_the_ssh_host_takes_its_sessions_along(folder):
    up(folder, "ssh")
    if not Path("/usr/bin/ssh").exists():
        pytest.skip("no ssh client")
    with subprocess.Popen(["ssh", "-F", str(folder / "ssh" / "config"), "lab-host", "sleep 60"]) as client:
        time.sleep(0.5)
        assert client.poll() is None
        control.down(folder)
        assert client.wait(10) == 255


def test_a_cluster_of_the_users_is_taken_by_its_context_and_nothing_else_of_it(folder, tmp_path, monkeypatch):
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    config = tmp_path / "config"
    names = ("prod", "staging")
    config.write_text(
        json.dumps(
            {
                "apiVersion": "v1", "kind": "Config", "current-context": "prod",
                "clusters": [{"name": n, "cluster": {"server": f"https://{n}.example"}} for n in names],
                "users": [{"name": n, "user": {"token": f"{n}-token"}} for n in names],
                "contexts": [{"name": n, "context": {"cluster": n, "user": n}} for n in names],
            }
        )
    )  # fmt: skip
    monkeypatch.setenv("KUBECONFIG", str(config))
    assert control.up(folder, port=0, more={"kube": "staging"}).up
    said = (folder / "kube" / "config").read_text()
    assert "staging-token" in said
    assert "prod" not in said
    control.down(folder)
    with pytest.raises(LabError, match="kube did not start"):
        control.up(folder, port=0, more={"kube": "none-such"})
