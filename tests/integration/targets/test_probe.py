"""probe.sh says the truth under each shell, with few tools, on a read-only home, before a sudo that asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from runbook_tui.run.preflight import HostKey, Level, Probe, Sudo, answered, preflight

SCRIPT = Path(__file__).parents[3] / "runbook_tui/targets/probe.sh"
SHELLS = [shell for shell in (["dash"], ["bash"], ["bash", "--posix"], ["busybox", "sh"]) if shutil.which(shell[0])]
KNOWN = Probe(host="x", key=HostKey.KNOWN, reachable=True)


def asked(shell: list[str], *words: str, **environ: str) -> tuple[Probe, str]:
    sent = time.time()
    done = subprocess.run(
        [*(shutil.which(shell[0]), *shell[1:]), str(SCRIPT), *words],
        env={"PATH": os.environ["PATH"], "HOME": "/proc/none", **environ},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stderr == ""
    return answered(KNOWN, done.stdout, sent=sent, received=time.time()), done.stdout


@pytest.fixture(params=SHELLS, ids=" ".join)
def shell(request):
    return request.param


def test_a_host_like_this_one_passes(shell, tmp_path):
    found, _ = asked(shell, HOME=str(tmp_path), SHELL="/bin/bash")
    assert preflight("x", [found]).level is Level.PASS
    assert abs(found.skew) <= found.doubt + 0.1
    assert found.boot == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert found.free // 2**30 == shutil.disk_usage(tmp_path).free // 2**30
    assert found.folder == f"{tmp_path}/.local/state/runbook-tui"
    assert (found.shell, found.home, found.home_writable) == ("/bin/bash", str(tmp_path), True)
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_is_not_there_or_names_with_blanks_and_stars(shell, tmp_path):
    found, _ = asked(shell)
    assert found.home_writable is False
    assert found.folder == f"/var/tmp/runbook-tui-{os.getuid()}"
    odd = tmp_path / "a  b * $(id)"
    odd.mkdir()
    found, _ = asked(shell, HOME=str(odd))
    assert (found.home_writable, found.folder) == (True, f"{odd}/.local/state/runbook-tui")
    assert found.free > 0


def test_few_tools(shell, tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("cat", "id", "rm", "tail", "df", "head", "ls"):
        (tools / name).symlink_to(shutil.which(name))
    found, said = asked(shell, PATH=str(tools), HOME=str(tmp_path))
    if shell[0] == "busybox":  # it has applets of its own where PATH has none
        assert "mv" not in found.missing or found.missing
        return
    assert set(found.missing) == {"chmod", "date", "dd", "mkdir", "mv", "sleep", "tr", "wc"}
    assert (found.setsid, found.mkfifo, found.skew) == (False, False, None)
    assert "now" not in said
    assert preflight("x", [found]).level is Level.BLOCK


def test_no_shell_variable_at_all(shell):
    done = subprocess.run(
        [*(shutil.which(shell[0]), *shell[1:]), str(SCRIPT)],
        env={},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout.endswith("\n.\n")


@pytest.mark.parametrize(
    ("user", "sudo"),
    [("root", Sudo.NOT_NEEDED), ("deploy", Sudo.FREE), ("ops", Sudo.PASSWORD), ("guest", Sudo.PASSWORD)],
)
def test_what_sudo_says_on_a_real_host_which_asks_before_it_refuses(ssh_hosts, user, sudo):
    hosts = ssh_hosts(1, user=user)
    done = hosts.ssh("h001", "sh -s root", data=SCRIPT.read_bytes())
    found = answered(KNOWN, done.stdout.decode(), sent=time.time(), received=time.time())
    assert (found.account, found.answered) == (user, True)
    assert found.sudo is sudo


def test_a_read_only_home_and_a_full_disk_of_a_real_host(ssh_hosts):
    hosts = ssh_hosts(1, home="readonly", size="2m")
    done = hosts.ssh("h001", "sh -s", data=SCRIPT.read_bytes())
    found = answered(KNOWN, done.stdout.decode(), sent=time.time(), received=time.time())
    assert found.home_writable is False
    assert found.folder.startswith(("/var/tmp/", "/tmp/"))
    assert found.free < 4 * 2**20
    hosts[0].machine.fill()
    done = hosts.ssh("h001", "sh -s", data=SCRIPT.read_bytes())
    full = answered(KNOWN, done.stdout.decode(), sent=time.time(), received=time.time())
    assert preflight("x", [full]).level is Level.BLOCK
