"""Code that a sentence only speaks of, or that another tool runs on other machines, is not offered."""

from __future__ import annotations

import pytest

from runbook_tui.document.reader import read


def offered(text):
    runbook = read(f"# Move\n\n## 4. Upgrade\n\n{text}\n\n## 5. Next\n\nx\n".encode(), "a.md")
    return [one.text for one in runbook.commands if one.runnable and one.why_not is None]


@pytest.mark.parametrize(
    "text",
    [
        "After `pg_ctlcluster 16 main start` the files of 13 on db1 are no longer usable.",
        "After `systemctl stop app` users see the maintenance page.",
        "Once `make promote` has run there is no way back.",
        "As soon as `swapoff -a` is done the box has no swap.",
        "Since `nodetool drain` the node takes no writes.",
        "- [ ] Login nodes closed (`touch /etc/nologin` via pdsh)",
        "- [ ] Login nodes closed (`touch /etc/nologin` on all of them with ansible)",
        "- [ ] Agents stopped (`systemctl stop agent`, by Ansible)",
        "- [ ] Clocks set (with pssh: `chronyc makestep`)",
        "- [ ] nologin set (`touch /etc/nologin` via clush -a)",
    ],
)
def test_it_is_shown(text):
    assert offered(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- [ ] Stop the agent (`systemctl stop agent`)", "systemctl stop agent"),
        ("- [ ] Login closed (`touch /etc/nologin`)", "touch /etc/nologin"),
        ("After the dump, run `pg_ctlcluster 16 main start`.", "pg_ctlcluster 16 main start"),
        ("- [ ] Look at the load with pdsh: `pdsh -w n[1-4] uptime`", "pdsh -w n[1-4] uptime"),
        ("Check with `systemctl status app`.", "systemctl status app"),
    ],
)
def test_it_is_asked_for(text, code):
    assert offered(text) == [code]


@pytest.mark.parametrize(
    "code",
    [
        "pip install --user",
        "pip3 install",
        "conda install --yes",
        "sudo apt-get install",
        "docker pull",
        "docker run --rm",
        "kubectl -n shop top",
        "kubectl exec -it",
        "helm upgrade --install",
        "git clone",
        "systemctl restart",
        "cosign verify",
    ],
)
@pytest.mark.parametrize(
    "text", ["- [ ] `{}` works", "- [ ] `{}` succeeds for students", "- [ ] A shell: `{}`", "`{}` ok"]
)
def test_what_is_not_told_what_on_is_spoken_of(text, code):
    assert offered(text.format(code)) == []
    assert offered(f"| Check | Command |\n|---|---|\n| It works | `{code}` |") == []


@pytest.mark.parametrize(
    "code",
    [
        "pip install --user -r wishes.txt",
        "apt-get update",
        "docker login",
        "docker ps -a",
        "kubectl -n shop top pods",
        "kubectl apply -f shop.yaml",
        "kubectl cluster-info",
        "helm list -A",
        "helm -n shop history shop",
        "git push",
        "git pull --ff-only",
        "systemctl status",
        "make test",
        "terraform validate",
        "npm ci",
    ],
)
@pytest.mark.parametrize("text", ["- [ ] `{}` works", "- [ ] `{}` passes", "- [ ] Try it: `{}`"])
def test_what_has_all_it_needs_is_typed(text, code):
    assert offered(text.format(code)) == [code]
