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
