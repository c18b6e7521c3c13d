"""A rehearsal cannot reach what is not its stage: canaries stand where production would."""

import http.server
import os
import platform
import socket
import subprocess
import sys
import threading
import time

import pytest

DOCUMENT = """
# Deploy

<!-- rbt: target=prod-1 -->
```bash
# On the production host
touch /tmp/was-here
```

```bash
# Restart
systemctl restart api && kubectl -n prod delete pod --all
```

```bash
# Reach
reach
```

```bash
# Ask
curl -m 3 -fsS http://127.0.0.1:CANARY/
```

```bash
# Write
rm -f "CANARY_FILE" || true
```
"""
REACH = """
rehearse:
  rollback: false
  parts: [PARTS]
  commands:
    - match: reach
      run: |
        curl -m 3 -sS http://127.0.0.1:CANARY/reached || echo no answer
        curl -m 3 -sS --unix-socket SOCKET http://x/ || echo no socket
        cat REALHOME/.ssh/config REALHOME/.kube/config REALHOME/.aws/credentials || echo no keys
        echo gone >> CANARY_FILE || echo read only
        env
"""
ATTACK = """
rehearse:
  rollback: false
  parts: [ssh]
  targets: {prod-1: ssh, local: local}
  commands:
    - match: reach
      run: |
        set +e
        cat REALSTATE/policy.yaml REALSTATE/runs.db REALSTATE/anchors/token
        rm -rf REALSTATE/keep REALSTATE/runs.db* && touch REALSTATE/policy.yaml REALSTATE/keep
        for one in / REALSTATE REALSTATE/rehearsals /dev /proc; do mount -o remount,rw,bind $one; umount -l $one; done
        unshare -Urm sh -c 'umount -l REALSTATE; mount -o remount,rw,bind /; rm -rf REALSTATE/keep; cat REALSTATE/policy.yaml'
        rm -rf REALSTATE/keep; cat REALSTATE/policy.yaml
        for one in /proc/[0-9]*; do rm -rf $one/root/REALSTATE/keep; cat $one/root/REALSTATE/policy.yaml $one/environ; done
        for one in /proc/[0-9]*/fd/[12]; do echo rbt-was-here >> $one & done; wait
        kill -9 OUTERPID
        hostname rbt-was-here
        date -s '1999-01-01'
        echo 1 > /proc/sys/kernel/sysrq
        ls /dev/[hsv]d* /dev/nvme* /dev/mem && echo dev''ices
        python3 -c "import socket; socket.socket(socket.AF_UNIX).connect('BESIDE')"
        curl -m 3 -sS --unix-socket BESIDE http://x/
        for pid in /proc/[0-9]*; do nsenter -t ${pid#/proc/} -m -n true && echo ent''ered; done
        echo "proc""esses: $(ls -d /proc/[0-9]* | wc -l)"
        true
"""


@pytest.fixture
def outside(tmp_path):
    """A home with keys, a server, a socket, a file beside the document: nobody may touch them."""
    home = tmp_path / "operator"
    for name in (".ssh/config", ".kube/config", ".aws/credentials"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(f"secret-canary {name}\n")
    documents = tmp_path / "documents"
    documents.mkdir(exist_ok=True)
    file = documents / "data.txt"
    file.write_text("untouched\n")
    reached = []

    class Canary(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            reached.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    state = tmp_path / "state"
    for name in ("policy.yaml", "anchors/token"):
        (state / name).parent.mkdir(parents=True, exist_ok=True)
        (state / name).write_text(f"# secret-canary {name}\n")
    (state / "keep").mkdir()
    (state / "keep" / "a run").write_text("untouched\n")
    bystander = subprocess.Popen(["sleep", "600"])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    agents = []
    for place in (tmp_path / "agent", documents / "s"):
        agent = socket.socket(socket.AF_UNIX)
        agent.bind(str(place))
        agent.listen()
        agent.settimeout(0.2)
        agents.append(agent)

    def filled(text):
        for name, value in (
            ("CANARY_FILE", str(file)), ("CANARY", str(server.server_port)), ("SOCKET", str(tmp_path / "agent")),
            ("REALHOME", str(home)), ("REALSTATE", str(state)), ("OUTERPID", str(bystander.pid)),
            ("BESIDE", str(documents / "s")),
        ):  # fmt: skip
            text = text.replace(name, value)
        return text

    def touched():
        """What happened to them; nothing, if all is well."""
        found = [f"server: {path}" for path in reached]
        for agent in agents:
            try:
                agent.accept()
                found.append("socket")
            except TimeoutError:
                pass
        for name in ("policy.yaml", "anchors/token"):
            if (state / name).read_text() != f"# secret-canary {name}\n":
                found.append(name)
        if not (state / "keep" / "a run").exists():
            found.append("a run")
        if bystander.poll() is not None:
            found.append("a process")
        if platform.node() == "rbt-was-here":
            found.append("the name of this machine")
        if time.time() < 1_000_000_000:
            found.append("the clock of this machine")
        if file.read_text() != "untouched\n":
            found.append("file")
        return found

    environ = {
        "HOME": str(home), "SSH_AUTH_SOCK": str(tmp_path / "agent"), "KUBECONFIG": str(home / ".kube/config"),
        "AWS_SECRET_ACCESS_KEY": "secret-canary", "DOCKER_HOST": f"unix://{tmp_path / 'agent'}", "MY_TOKEN": "secret-canary",
        "HTTP_PROXY": f"http://127.0.0.1:{server.server_port}", "BASH_ENV": str(home / ".ssh/config"),
    }  # fmt: skip
    yield filled, touched, environ
    server.shutdown()
    for agent in agents:
        agent.close()
    bystander.kill()
    bystander.wait()


def namespaces():
    """Why this machine cannot shut a rehearsal in, or nothing."""
    code = "from runbook_tui.rehearsal.isolation import why_not; print(why_not())"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stdout.strip()


@pytest.mark.skipif(bool(namespaces()), reason=f"no namespaces here: {namespaces()}")
def test_shut_in_not_even_what_the_rules_run_gets_out(rehearse, outside, tmp_path):
    filled, touched, environ = outside
    sidecar = filled(REACH.replace("PARTS", "ssh")).replace("env\n", "env > seen.txt; cat seen.txt\n")
    done = rehearse(filled(DOCUMENT), "--isolation", "best", sidecar=sidecar, env=environ)
    assert done.report["enclosed"], done.report["isolation"]
    assert touched() == [], done.said
    commands = {one["command"].split()[0]: one for one in done.report["commands"]}
    assert commands["touch"]["act"] == "run"
    assert commands["systemctl"]["act"] == "would"
    assert commands["reach"]["act"] == "instead"
    assert not os.path.exists("/tmp/was-here")
    said = printed(tmp_path, "reach")
    for word in ("no answer", "no socket", "no keys", "read only"):
        assert word in said, said
    for word in ("secret-canary", "SSH_AUTH_SOCK", "AWS_SECRET", "MY_TOKEN", "HTTP_PROXY", str(tmp_path / "operator")):
        assert word not in said.rpartition("read only\n")[2], said
    # `Ask` is tried for real, where there is nothing to be found, and `Write` finds no file it may write
    assert "“Ask”" in done.report["why"]


@pytest.mark.skipif(bool(namespaces()), reason=f"no namespaces here: {namespaces()}")
@pytest.mark.parametrize("where", ["local", "prod-1"])
def test_shut_in_the_record_the_policy_and_this_machine_are_out_of_reach(rehearse, rbt, outside, tmp_path, where):
    filled, touched, environ = outside
    target = "" if where == "local" else "<!-- rbt: target=prod-1 -->\n"
    earlier = rehearse("# Earlier\n\n```bash\nrbt lab status || true\n```\n", env=environ).report["run"]
    done = rehearse(f"# Attack\n\n{target}```bash\nreach\n```\n", sidecar=filled(ATTACK), env=environ)
    assert done.report["enclosed"], done.report["isolation"]
    assert touched() == [], done.said
    said = printed(tmp_path, "reach")
    for word in ("secret-canary", "devices", "entered"):
        assert word not in said, said
    assert 0 < int(said.rpartition("processes: ")[2].split()[0]) < 40, said
    assert "rbt-was-here" not in done.said
    for run in (earlier, done.report["run"]):  # whole, both
        assert rbt("status", run)[0] == 0
        assert "violated" not in rbt("verify", run)[1]


def test_without_namespaces_the_guesses_are_careful_and_it_is_said(rehearse, outside):
    filled, touched, environ = outside
    document = filled(DOCUMENT).replace("```bash\n# Reach\nreach\n```\n", "")
    done = rehearse(document, "--isolation", "environment", sidecar="rehearse: {parts: [ssh]}", env=environ)
    assert not done.report["enclosed"]
    assert "an empty environment only (asked for)" in done.report["isolation"]
    assert touched() == [], done.said
    acts = {one["command"].split()[0]: one["act"] for one in done.report["commands"]}
    assert acts == dict.fromkeys(("touch", "systemctl", "curl", "rm"), "would")
    assert not done.report["ready"]
    assert done.report["reasons"] == ["no command of it could be staged: nothing was rehearsed"]
    assert set(done.report["missing"]) == {"touch", "systemctl", "kubectl", "curl", "rm"}


def printed(tmp_path, command):
    """The output of a command, as the record keeps it."""
    code = f"""
import asyncio
from runbook_tui.records import open_journal
async def main():
    async with open_journal(read_only=True) as journal:
        run = (await journal.runs())[0].run
        for record in await journal.read(run):
            event = record.event
            if type(event).__name__ == "JobStarted" and event.text.startswith({command!r}):
                print(b"".join(p.data for p in await journal.read_output(run, event.job)).decode())
asyncio.run(main())
"""
    environ = {**os.environ, "RBT_STATE": str(tmp_path / "state")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True)
    return done.stdout
