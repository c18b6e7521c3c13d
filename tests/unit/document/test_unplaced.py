"""What names no place is not offered where the rest of the document shows that it is typed on another machine."""

from __future__ import annotations

import pytest

from runbook_tui.document.reader import read

NODE = "## Look\n\n```bash\nssh <node>\nsudo rackctl temps\nnvidia-smi -q\n```\n\n"
WORDS = "## Look\n\nOn each node:\n\n```bash\nrackctl temps\n```\n\n"
PROMPTS = "## Look\n\n```console\nops@rack-4:~$ rackctl temps\n```\n\n"
LEFT = NODE.replace("-q\n", "-q\nexit\n")


def offered(text):
    runbook = read(f"# Racks\n\n{text}".encode(), "racks.md")
    return [one.text for one in runbook.commands if one.why_not in {None, "placeholder"} and not one.in_session]


def block(*rows):
    return "## Mend\n\nMind the door.\n\n```bash\n" + "\n".join(rows) + "\n```\n"


@pytest.mark.parametrize("gone", [NODE, WORDS, PROMPTS])
@pytest.mark.parametrize(
    "row",
    [
        "rackctl fan --full",
        "sudo rackctl fan --speed <percent>",
        "RACK=4 rackctl fan",
        "sudo systemctl restart fan-daemon",
        "journalctl -u fan-daemon -n 50",
        "apt-get install -y fan-daemon=2.1",
        "mv /etc/fan.d/full.conf /etc/fan.d/full.off",
        "tail -f /var/log/fan.log",
        "nvidia-smi --gpu-reset -i 3",
        "reboot",
    ],
)
def test_what_is_typed_on_a_machine_is_not_offered_here(gone, row):
    before = offered(gone)
    assert offered(gone + block(row)) == before
    assert offered(gone + f"## Mend\n\n- [ ] Mend it: `{row}`\n") == before


@pytest.mark.parametrize(
    "row",
    [
        "kubectl get nodes",
        "curl -s http://fans/health",
        "ssh rack-5 sudo rackctl fan --full",
        "scp fan.conf rack-5:/tmp/",
        "cp fan.conf fan.conf.old",
        "tail fan.log",
        "./fans.sh --all",
        "git pull",
        "rackctl -H rack-5 fan",
    ],
)
def test_what_runs_anywhere_is_offered(row):
    assert offered(NODE + block(row))[-1] == row


def test_what_stands_in_a_block_with_it_is_typed_there_too():
    rows = ["cd /opt/fans", "./bench --seconds 30", "sudo systemctl restart fan-daemon", "# once more", "fanbench"]
    assert offered(NODE + block(*rows, "ssh rack-5 uptime")) == ["ssh <node>", "ssh rack-5 uptime"]
    assert offered(NODE + block(*rows[:2]) + "\n" + block(rows[2])) == ["ssh <node>", *rows[:2]]


@pytest.mark.parametrize(
    "back",
    [
        LEFT,
        "Everything below is typed on rack-4, not on your laptop.\n\n```sh\nrackctl temps\n```\n\nBack on your laptop:\n\n",
    ],
)
def test_who_has_left_is_back(back):
    assert "sudo systemctl restart vpn" in offered(back + block("sudo systemctl restart vpn"))


@pytest.mark.parametrize(
    "before",
    [
        "## Before\n\n```bash\nsudo systemctl stop cron\nrackctl list\n```\n\n",
        "## Before\n\nOn your laptop:\n\n```bash\nsudo systemctl stop cron\nrackctl list\n```\n\n",
    ],
)
def test_what_was_done_here_before_is_done_here_again(before):
    rows = ["sudo systemctl start cron", "rackctl list --all"]
    assert offered(before + WORDS + block(*rows))[-2:] == rows


def test_words_that_put_it_here_are_heard():
    said = WORDS + "## Mend\n\nOn your laptop run `rackctl list`.\n\n- [ ] `rackctl list --all`\n"
    assert offered(said) == ["rackctl list", "rackctl list --all"]


@pytest.mark.parametrize("opener", ["kubectl exec -it fan-0 -- sh", "psql fans", "su - fans"])
def test_a_container_a_console_and_another_account_are_no_machines(opener):
    text = f"## Look\n\n```bash\n{opener}\nrackctl temps\n```\n\n" + block("systemctl restart vpn")
    assert "systemctl restart vpn" in offered(text)


def test_what_a_block_types_as_root_elsewhere_is_no_check_here():
    text = "- [ ] `rackctl renew --dry-run` ok\n\non the server:\n\n```\nsudo rackctl renew --dry-run\nuptime\n```\n"
    assert offered(text) == []
    assert offered(text.replace("sudo ", "").replace("rackctl", "openssl", 1)) == ["openssl renew --dry-run"]


def test_a_target_is_obeyed():
    text = NODE + "## Mend\n\n<!-- rbt: target=rack-4 -->\n\n```bash\nsudo systemctl restart fan-daemon\n```\n"
    assert offered(text)[-1] == "sudo systemctl restart fan-daemon"
