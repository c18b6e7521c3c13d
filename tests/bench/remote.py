"""Commands over ssh against bare asyncssh and OpenSSH; with `--peers` also clush, parallel-ssh and ansible.

With `--quick` fewer rounds and only 10 and 100 hosts: everything, peers included, in less than eight minutes. A peer that
is not there, fails or takes too long is told and left out; it ends with status 1 when a figure of ours could not be taken.
`--only=stream,latency` takes only the parts with one of these words in their names.
CPU is the client's own (user and system time of the process and its children); hosts are sshd processes on loopback and
cost far more than the clients, so walls on a small machine are mostly theirs. Each figure is the least of some rounds
in which the contenders take turns; of those on open connections see remote_open.py.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench import remote_app
from tests.bench.contending import CURVE, Failed, Figures, least, median, ratio, timed
from tests.bench.figures import tell
from tests.bench.remote_open import warm
from tests.bench.startup import RBT
from tests.ssh import Hosts, no_sshd, start_hosts

QUICK = "--quick" in sys.argv
ONLY = [word for arg in sys.argv if arg.startswith("--only=") for word in arg.removeprefix("--only=").split(",")]
COUNTS = (10, 100) if QUICK else (1, 10, 50, 100)
ROUNDS = 2 if QUICK else 3
TURNS = 7 if QUICK else 11  # on open connections
INSTALLING = 150.0  # seconds
# Seconds for one peer once; one that takes longer is told so. Where only some parts are asked for, there is time.
PEER_PATIENCE = 60.0 if QUICK and not ONLY else 240.0
MEGABYTE = 1_000_000
STREAM = 100 * MEGABYTE
FLOODS = 3 if QUICK else 7  # rounds of them
STREAMS = 4  # of these in one run of the app: its start takes as long as one does, and varies by more
PEERS = {
    "clush": "clustershell==1.10.1",
    "parallel-ssh": "parallel-ssh==2.16.0.post1",
    "ansible": "ansible-core==2.19.14",
}


def _worker(mode: str, hosts: Hosts, *words: object) -> Figures:
    module = [sys.executable, "-m", "tests.bench.remote_worker", mode, str(hosts.home)]
    return timed([*module, *(str(word) for word in words)])


def _in_turn(contenders: dict[str, Callable[[], Figures]], rounds: int) -> dict[str, list[Figures]]:
    """Raises Failed when one of ours did not do it; a peer that did not is told and has no figures."""
    taken: dict[str, list[Figures]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            try:
                if name in taken:
                    taken[name].append(measure())
            except Failed as error:
                if name.startswith(("ours", "app", "bare")):
                    raise Failed(f"{name} {error}") from None
                tell(f"  {name}", f"left out: {error}")
                del taken[name]
    return taken


# --- true on many hosts -------------------------------------------------------------------------


def cold(hosts: Hosts, count: int, peers: dict[str, Callable[[list[str]], Figures]]) -> None:
    names = hosts.names[:count]
    listed = "\\n".join(names)
    xargs = f"printf '{listed}\\n' | xargs -P 50 -I% ssh -F {hosts.config} -o BatchMode=yes {CURVE} % true"
    contenders: dict[str, Callable[[], Figures]] = {
        "ours": lambda: _worker("ours-cold", hosts, *names),
        "ours, nobody": lambda: _worker("ours-cold", hosts),
        "bare": lambda: _worker("bare-cold", hosts, *names),
        "bare, nobody": lambda: _worker("bare-cold", hosts),
        **({"openssh": lambda: timed(xargs)} if shutil.which("ssh") else {}),
    }
    taken = _in_turn(contenders, ROUNDS)
    # The peers take so much longer that once is enough, and a machine is not theirs alone.
    for name, peer in list(peers.items()):
        try:
            taken[name] = [peer(names)]
        except Failed as error:
            beside = f"; ours took {least(taken['ours'], 'wall'):.1f} s" if "within" in str(error) else ""
            tell(f"  {name} on {count} hosts", f"left out from now on: {error}{beside}")
            del peers[name]
    wall = least(taken["ours"], "inner")
    tell(
        f"true on {count} cold hosts, wall: ours / bare asyncssh (connected and run)",
        ratio(wall, least(taken["bare"], "inner")),
    )
    if "openssh" in taken:
        tell("  wall, ours / OpenSSH (curve25519)", ratio(wall, least(taken["openssh"], "wall")))
    if count >= 10:  # below, the time to load asyncssh drowns it
        each = {
            who: (least(taken[who], "cpu") - least(taken[f"{who}, nobody"], "cpu")) / count for who in ("ours", "bare")
        }
        tell("  client CPU a host, ours / bare asyncssh", ratio(each["ours"], each["bare"], digits=1), "aim ≤ 1.5×")
        if "openssh" in taken:
            openssh = least(taken["openssh"], "cpu") / count
            tell("  client CPU a host, OpenSSH (curve25519) / ours", ratio(openssh, each["ours"], digits=1))
    for name in peers:
        cpu, peer_wall = least(taken[name], "cpu"), least(taken[name], "wall")
        aim = "aim ≥ 10×" if name == "ansible" and count == 100 else ""
        tell(
            f"  {name} / ours (whole processes): CPU, wall",
            f"{cpu:.2f} s = {cpu / least(taken['ours'], 'cpu'):.1f}×, "
            f"{peer_wall:.2f} s = {peer_wall / least(taken['ours'], 'wall'):.1f}×",
            aim,
        )


# --- one stream ---------------------------------------------------------------------------------


def stream(hosts: Hosts) -> None:
    """100 MB; through the whole app (supervisor, masking, journal) with `rbt run --headless`."""
    name = hosts.names[0]
    command = f"head -c {STREAM} ~/lines"
    line = b"a line of an output that is as long as the lines of programs mostly are, give or take a few words more\n"
    with (hosts[0].home_here / "lines").open("wb") as file:  # in pieces: children would be told to have our memory
        for _ in range(STREAM // len(line) // 1000 + 1):
            file.write(line * 1000)
    with tempfile.TemporaryDirectory() as folder:
        documents = {}
        for kind, text in (("flood", command), ("true", "true")):
            documents[kind] = Path(folder) / f"{kind}.md"
            steps = "".join(f"## Go {number}\n\n```bash\n{text}\n```\n\n" for number in range(STREAMS))
            documents[kind].write_text(f"# {kind}\n\n{steps}")

        # What is compiled once is kept: the start of the program is taken off, and would else be most of what varies.
        kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(Path(folder) / "compiled")}

        def app(kind: str) -> Figures:
            state = tempfile.mkdtemp(prefix="state-", dir=folder)  # of its own, so that the rounds are alike
            # The copy of the whole journal that ends a run is not the stream's: it has no folder to go to.
            environment = {"HOME": str(hosts.home), "RBT_STATE": state, "RBT_BACKUP": str(documents[kind]), **kept}
            taken = timed([RBT, "run", str(documents[kind]), "--headless", "--yes", "--target", name], environment)
            return {**taken, "inner": _recorded_seconds(environment)}

        def openssh(typed: str) -> Figures:
            """As often as the app does it in one run."""
            words = f'ssh -F {hosts.config} -o BatchMode=yes {CURVE} {name} "{typed}" >/dev/null'
            runs = [timed(words) for _ in range(STREAMS)]
            return {"cpu": least(runs, "cpu"), "inner": median(runs, "wall")}

        home = hosts[0].home_here
        taken = _in_turn(
            {
                "file": lambda: timed(f"head -c {STREAM} {home}/lines >{home}/copy; rm {home}/copy"),
                "openssh": lambda: openssh(command),
                "app": lambda: app("flood"),
                "openssh, true": lambda: openssh("true"),
                "app, true": lambda: app("true"),
                "bare": lambda: _worker("bare-stream", hosts, STREAM, name),
                "ours": lambda: _worker("ours-stream", hosts, STREAM, name),
            },
            FLOODS,
        )
    net = {
        who: [
            max(0.001, flood["inner"] - true["inner"])
            for flood, true in zip(taken[who], taken[f"{who}, true"], strict=True)
        ]
        for who in ("openssh", "app")
        if taken.keys() >= {who, f"{who}, true"}
    }
    if "openssh" in net:
        ratios = sorted(floor / ours for floor, ours in zip(net["openssh"], net["app"], strict=True))
        rates = {who: STREAM / MEGABYTE / statistics.median(seconds) for who, seconds in net.items()}
        tell(
            "100 MB through supervisor and journal / ssh > /dev/null, MB/s",
            f"{rates['app']:.0f} / {rates['openssh']:.0f}, median of {len(ratios)} rounds {statistics.median(ratios):.2f}×"
            f" ({ratios[0]:.2f} to {ratios[-1]:.2f}×)",
            "aim ≥ 0.7×",
        )
    tell("  the command alone, into a file there: CPU", f"{median(taken['file'], 'cpu') * 1e3:.0f} ms")
    ours, bare = least(taken["ours"], "inner"), least(taken["bare"], "inner")
    tell(
        "  to our callback alone (supervisor, no journal), MB/s",
        f"{STREAM / MEGABYTE / ours:.0f}; bare asyncssh {STREAM / MEGABYTE / bare:.0f}",
    )
    tell(
        "  CPU of the stream, ours / bare asyncssh in chunks",
        ratio(least(taken["ours"], "inner_cpu"), least(taken["bare"], "inner_cpu")),
        "aim ≤ 1.5×",
    )
    with_journal = (least(taken["app"], "cpu") - least(taken["app, true"], "cpu")) / STREAMS
    tell("  the same with masking and journal", ratio(with_journal, least(taken["bare"], "inner_cpu")))
    tell("  peak memory, ours (no journal)", f"{least(taken['ours'], 'rss'):.0f} MB")


def _recorded_seconds(environment: dict[str, str]) -> float:
    """From a command's intent to its whole output and result in the journal, the median of the newest run there.

    The start of the program takes longer than 100 MB do, and on a busy machine its time varies by more.
    """

    def told(*words: str) -> Any:
        done = subprocess.run(
            [RBT, *words, "--json"], env={**os.environ, **environment}, capture_output=True, check=True
        )
        return json.loads(done.stdout)

    run = told("runs")["runs"][0]["run"]
    jobs = [job for step in told("status", run)["steps"] for job in step["jobs"]]
    times = [[datetime.fromisoformat(job[key]) for key in ("started", "finished")] for job in jobs]
    assert len(times) == STREAMS, f"{len(times)} of {STREAMS} were run"
    return statistics.median((ended - began).total_seconds() for began, ended in times)


# --- latency and stalls -------------------------------------------------------------------------


def latency(hosts: Hosts) -> None:
    name = hosts.names[0]
    taken = _in_turn(
        {
            "ours": lambda: _worker("ours-latency", hosts, 300, name),
            "bare": lambda: _worker("bare-latency", hosts, 300, name),
        },
        ROUNDS,
    )
    tell(
        "remote line printed → our callback, p50 / bare session callback",
        ratio(least(taken["ours"], "p50"), least(taken["bare"], "p50"), digits=1),
        "aim ≤ 2×",
    )
    tell(
        "  p99, ours and bare",
        f"{least(taken['ours'], 'p99') * 1e3:.1f} ms, {least(taken['bare'], 'p99') * 1e3:.1f} ms",
    )


def stall(hosts: Hosts) -> None:
    runs = [_worker("ours-stall", hosts, *hosts.names) for _ in range(ROUNDS)]
    tell(
        f"the caller's loop while {len(hosts)} hosts connect: late by, p95, worst",
        f"{least(runs, 'p95') * 1e3:.0f} ms, {least(runs, 'max') * 1e3:.0f} ms in {least(runs, 'inner'):.1f} s",
        "aim p95 ≤ 50 ms",
    )


# --- the peers ----------------------------------------------------------------------------------


def install_peers(folder: Path, hosts: Hosts) -> dict[str, Callable[[list[str]], Figures]]:
    """In a venv of their own; what cannot be installed is told and left out."""
    python = folder / "venv/bin/python"
    there = []
    try:
        timed([sys.executable, "-m", "venv", str(folder / "venv")])
    except Failed as error:
        tell("clush, parallel-ssh, ansible", f"not taken: no venv for them: {error}")
        return {}
    for name, package in PEERS.items():
        words = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
        try:
            timed(words, patience=INSTALLING)
            there.append(name)
        except Failed as error:
            tell(f"{name}", f"not taken: it could not be installed: {error}")
    bin_ = python.parent
    own = {
        "HOME": str(hosts.home),
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
    }
    library = folder / "library.py"
    library.write_text(
        "import sys\nfrom pssh.clients import ParallelSSHClient\nfrom pssh.config import HostConfig\n"
        "key, user, *places = sys.argv[1:]\n"
        "configs = [HostConfig(port=int(p.rpartition(':')[2]), user=user, private_key=key) for p in places]\n"
        "client = ParallelSSHClient([p.rpartition(':')[0] for p in places], host_config=configs, pool_size=50)\n"
        "out = client.run_command('true')\nclient.join(out)\nassert all(o.exit_code == 0 for o in out)\n"
    )
    inventory = folder / "inventory"

    def clush(names: list[str]) -> Figures:
        options = f"-F {hosts.config} -o BatchMode=yes"
        return timed(
            [str(bin_ / "clush"), "-f", "50", "-w", ",".join(names), "-o", options, "true"], own, PEER_PATIENCE
        )

    def pssh(names: list[str]) -> Figures:
        places = [f"{host.address}:{host.port}" for host in hosts if host.alias in names]
        return timed([str(python), str(library), str(hosts.key), hosts[0].user, *places], own, PEER_PATIENCE)

    def ansible(names: list[str]) -> Figures:
        inventory.write_text("".join(f"{name} ansible_ssh_common_args='-F {hosts.config}'\n" for name in names))
        words = [str(bin_ / "ansible"), "all", "-i", str(inventory), "-f", "50", "-m", "command", "-a", "true"]
        # A fresh control path each time: these are cold connections.
        with tempfile.TemporaryDirectory(dir="/tmp") as sockets:
            return timed(
                words,
                {**own, "ANSIBLE_SSH_CONTROL_PATH_DIR": sockets, "ANSIBLE_SSH_ARGS": "-o ControlMaster=no"},
                PEER_PATIENCE,
            )

    made = {"clush": clush, "parallel-ssh": pssh, "ansible": ansible}
    return {name: peer for name, peer in made.items() if name in there}


def main() -> None:
    if reason := no_sshd():
        tell("commands over ssh", f"not taken: {reason}")
        return
    if not shutil.which("ssh"):
        tell("OpenSSH", "not taken: it is not installed here")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o755)
        with start_hosts(max(COUNTS), folder / "bed", per_daemon=16, max_startups="1000:30:2000") as hosts:
            _worker("ours-cold", hosts, *hosts.names)  # the scripts are there from now on
            peers = install_peers(folder, hosts) if "--peers" in sys.argv else {}
            if "--peers" not in sys.argv:
                tell("clush, parallel-ssh, ansible", "not taken: only with --peers, they are installed for it")
            parts: dict[str, Callable[[], None]] = {
                **{f"{count} cold hosts": partial(cold, hosts, count, peers) for count in COUNTS},
                **{f"{count} open connections": partial(warm, hosts, count, TURNS) for count in COUNTS},
                "a stream": partial(stream, hosts),
                "latency": partial(latency, hosts),
                "stalls": partial(stall, hosts),
                "painted lines": partial(remote_app.painted, hosts),
                "1 GB": partial(remote_app.gigabyte, hosts),
            }
            wanted = {name: part for name, part in parts.items() if not ONLY or any(word in name for word in ONLY)}
            missing = [name for name, part in wanted.items() if not _taken(name, part)]
    if missing:
        raise SystemExit(1)


def _taken(name: str, part: Callable[[], None]) -> bool:
    """Whether it could be measured; why it could not is told."""
    try:
        part()
    except (Failed, OSError, AssertionError, TimeoutError) as error:
        tell(name, f"not taken: {error or type(error).__name__}")
        return False
    return True


if __name__ == "__main__":
    main()
