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


LIMITS = [
    "diff < 0.5 %",
    "diff 0.5 – 2 %",
    "diff 2 %",
    "free < 10 GB",
    "df > 90%",
    "df -h /data > 85 %",
    "uptime < 60 s",
    "ping > 20 ms",
    "ping 20-50 ms",
    "ping ≤ 20ms",
    "free under 10 GB",
    "w >= 30",
    "sort < 5 min",
    "sync > 3",
]


@pytest.mark.parametrize("code", LIMITS)
@pytest.mark.parametrize(
    "text",
    ["| Seen | Then |\n|---|---|\n| `{}` | Go on |", "- [ ] `{}` on both", "Look for `{}` first.", "```\n{}\n```"],
)
def test_a_value_and_its_limit_is_no_command(text, code):
    assert offered(text.format(code)) == []


@pytest.mark.parametrize(
    "code",
    [
        "df -h > 2026-05-01.txt",
        "psql shop < 0001_first.sql",
        "bc <<< 5",
        "sleep 30",
        "seq 1 5",
        "kill -9 4711",
        "ls /srv 2>&1",
        "pip install torch>=2.0",
        "pip install 'torch >= 2'",
        "awk '$3 > 5' load.txt",
        'psql -c "select 1 where 2 > 1"',
        "test 5 -gt 3",
        "tail -n 5 /var/log/syslog",
        "lvextend -l +10%FREE /dev/vg/data",
    ],
)
@pytest.mark.parametrize("text", ["- [ ] Do it: `{}`", "```bash\n{}\n```"])
def test_a_number_in_a_command_is_no_limit(text, code):
    assert offered(text.format(code)) == [code]


@pytest.mark.parametrize(
    "text",
    [
        "Legend: `[ ]` open, `[x]` done.",
        "`[ ]` means open, `[x]` means done",
        "- `[ ]` nobody has looked\n- `[~]` somebody is on it",
        "Mark with `[-]` what is not needed, leave `[ ]` what is open.",
        "Run through the list and tick `[ ]` by hand.",
        "| Mark | Meaning |\n|---|---|\n| `[ ]` | open |\n| `[x]` | done |",
        "How to read it: `[ ] open` and `[x] done`",
        "The box: `[ ]`",
        "A box (`[ ]`) is a task.",
        "Put an x into `[  ]`",
    ],
)
def test_the_box_of_a_legend_is_no_test_of_the_shell(text):
    assert offered(text) == []


@pytest.mark.parametrize("code", ["[ -f /etc/nologin ]", "[ -w /srv ]", "[[ -d /srv/app ]]"])
def test_a_test_of_the_shell_is_typed(code):
    assert offered(f"- [ ] Look: `{code}`") == [code]


@pytest.mark.parametrize(
    "text",
    [
        "- [ ] `kafka-topics --zookeeper` in the nightly script -> use --bootstrap-server",
        "- [ ] `docker build --squash` in the pipeline",
        "- [ ] `helm --tiller-namespace` in our Jenkinsfile: replace it",
        "- [ ] `kubectl run --generator` is gone",
        "- [ ] `kubectl apply --record` was deprecated, nobody uses it",
        "- [ ] `etcdctl --no-sync` no longer used",
        "- [ ] No `kubectl apply --record` left",
        "- [ ] Grep for `git push --mirror`",
        "- [ ] Drop `npm install --unsafe-perm` (Dockerfile)",
        "- [ ] `rsync --delete` removed from backup.sh",
        "- [ ] All uses of `nodetool --print-port`",
        "- [ ] `ansible-playbook --sudo` in the old deploy.sh",
    ],
)
def test_an_option_that_is_named_is_spoken_of(text):
    assert offered(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- [ ] `helm version --client` in the pipeline container", "helm version --client"),
        ("- [ ] `nodetool --version` is on every node the same", "nodetool --version"),
        ("- [ ] `git push --tags`", "git push --tags"),
        ("- [ ] Send them: `git push --follow-tags`", "git push --follow-tags"),
        ("- [ ] `git fetch --prune` in the repo", "git fetch --prune"),
        ("Then run `docker compose up --detach` in the docs folder.", "docker compose up --detach"),
        ("Log in, then run `sudo -i`.", "sudo -i"),
    ],
)
def test_an_option_that_is_typed(text, code):
    assert offered(text) == [code]


@pytest.mark.parametrize(
    "text",
    [
        "Log in with your own account, become root with `sudo -i`. The prompts say who types.",
        "Open the jump host and get root via `sudo su -`.",
        "Connect with your key and switch to root with `sudo -s`, please.",
        "Use the shared account, be root by `su -` (password in the vault).",
        "You work as root, with `sudo -i`.",
        "Go to the desk, then become the user deploy with `sudo su - deploy`.",
    ],
)
def test_how_one_becomes_another_user_is_told(text):
    assert offered(text) == []
