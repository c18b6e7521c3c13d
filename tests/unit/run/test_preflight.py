"""Verdicts before the first change: what stops a host, what is only said, and that nothing unseen passes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run.fleet import FleetError
from runbook_tui.run.preflight import (
    GIB,
    MIB,
    HostKey,
    Level,
    Limits,
    Preflight,
    Probe,
    Sudo,
    answered,
    as_json,
    preflight,
)
from runbook_tui.run.preflight_table import as_text, rows

ANSWER = """\
now 1000000100.250000000
boot b1
system Linux 6.1.0
account deploy
shell /bin/bash
home /home/deploy
writable yes
free_home 5000000
free 4000000 /home/deploy/.local/state/runbook-tui
setsid yes
tail_pid yes
mkfifo yes
ends no
.
"""
GOOD = answered(
    Probe(host="web1", key=HostKey.KNOWN, reachable=True, sessions=8, openssh="SSH-2.0-OpenSSH_9.2p1 Debian-2"),
    ANSWER,
    sent=1000000100.2,
    received=1000000100.3,
)


def probe(host: str = "web1", **more: object) -> Probe:
    return msgspec.structs.replace(GOOD, **{"host": host, "boot": f"boot of {host}", **more})


def one(**more: object) -> Preflight:
    return preflight("web", [probe(**more)])


def test_a_host_that_has_everything_passes():
    found = one()
    assert (found.level, found.fit, found.verdicts[0].reasons) == (Level.PASS, ("web1",), ())
    assert found.summary == "The host can go on."


@pytest.mark.parametrize(
    ("more", "level", "why"),
    [
        ({"key": HostKey.CHANGED, "fingerprint": "SHA256:x"}, Level.BLOCK, "changed (SHA256:x)"),
        ({"key": HostKey.REVOKED}, Level.BLOCK, "revoked"),
        ({"key": HostKey.NEW, "fingerprint": "SHA256:y"}, Level.BLOCK, "compare it"),
        ({"reachable": False}, Level.BLOCK, "cannot be reached"),
        ({"reachable": False, "detail": "no answer within 10 s"}, Level.BLOCK, "no answer within 10 s"),
        ({"answered": False}, Level.BLOCK, "no complete answer"),
        ({"sessions": 0}, Level.BLOCK, "takes no session"),
        ({"sessions": 2}, Level.WARN, "only 2"),
        ({"sessions": None}, Level.PASS, ""),
        ({"latency": 1.4}, Level.WARN, "1.4 s to answer"),
        ({"missing": ("date", "mv")}, Level.BLOCK, "lacks date, mv"),
        ({"setsid": False}, Level.WARN, "process group"),
        ({"tail_pid": False}, Level.PASS, ""),
        ({"become": "root", "sudo": Sudo.FREE}, Level.PASS, ""),
        ({"become": "root", "sudo": Sudo.PASSWORD}, Level.WARN, "asked for once"),
        ({"become": "root", "sudo": Sudo.MISSING}, Level.BLOCK, "no sudo"),
        ({"become": "root", "sudo": Sudo.REFUSED, "sudo_detail": "not in the sudoers file"}, Level.BLOCK, "sudoers"),
        ({"become": "root", "sudo": Sudo.NOT_NEEDED}, Level.BLOCK, "could not be found out"),
        ({"become": "deploy", "sudo": Sudo.NOT_NEEDED}, Level.PASS, ""),
        ({"folder": ""}, Level.BLOCK, "no folder"),
        ({"free": 1 * MIB}, Level.BLOCK, "disk is full: 1 MiB"),
        ({"free": 100 * MIB}, Level.WARN, "little disk: 100 MiB"),
        ({"free": None}, Level.WARN, "could not be found out"),
        ({"home_writable": False, "folder": "/var/tmp/x"}, Level.WARN, "kept in /var/tmp/x"),
        ({"skew": 5.0}, Level.WARN, "5.0 s ahead"),
        ({"skew": -7200.0}, Level.WARN, "2 h behind"),
        ({"skew": 3.0, "doubt": 2.0}, Level.PASS, ""),
        ({"skew": None}, Level.WARN, "clock could not be read"),
        ({"ends_at_logout": True}, Level.WARN, "KillUserProcesses"),
    ],
)
def test_what_a_finding_weighs(more, level, why):
    found = one(**more)
    assert found.level is level
    assert why in found.verdicts[0].why
    assert (found.unfit == ("web1",)) is (level is Level.BLOCK)


def test_the_worst_reason_is_the_verdict_and_comes_first():
    found = one(free=1, skew=60.0, tail_pid=False).verdicts[0]
    assert [reason.level for reason in found.reasons] == [Level.BLOCK, Level.WARN, Level.PASS]
    assert "clock" not in found.why


def test_the_answer_is_read_and_the_clock_compared_at_the_middle():
    assert GOOD.skew == pytest.approx(0.0, abs=1e-6)
    assert GOOD.doubt == pytest.approx(0.05)
    assert GOOD.free == 4_000_000 * 1024
    whole = answered(Probe(host="x"), "now 1000000100\n.\n", sent=1000000100.4, received=1000000100.6)
    assert whole.skew == pytest.approx(0.0)
    assert whole.doubt == pytest.approx(0.6)


@pytest.mark.parametrize("cut", range(len(ANSWER) - 2))
def test_an_answer_cut_off_anywhere_never_passes(cut):
    found = answered(Probe(host="x", key=HostKey.KNOWN, reachable=True), ANSWER[:cut], sent=0.0, received=0.1)
    assert preflight("web", [found]).level is Level.BLOCK


def test_no_probe_is_no_pass():
    with pytest.raises(FleetError):
        preflight("web", [])
    assert preflight("web", [Probe(host="x")]).level is Level.BLOCK


@given(st.text(st.sampled_from("now free sudo.writable yes0123\n\x1b[\0-"), max_size=200))
def test_any_answer_is_read(text):
    found = answered(Probe(host="x", key=HostKey.KNOWN, reachable=True), text, sent=0.0, received=1.0)
    for line in as_text(preflight("web", [found])).splitlines():
        assert line.isprintable() or not line


def test_two_names_of_one_machine_are_said():
    found = preflight("web", [probe("a", boot="x"), probe("b", boot="x"), probe("c")])
    assert [verdict.level for verdict in found.verdicts] == [Level.WARN, Level.WARN, Level.PASS]
    assert "same boot id as b" in found.verdicts[0].why


def test_the_whole_fleet_in_one_sentence_and_each_reason_once():
    found = preflight(
        "gpus",
        [
            probe(f"gpu-{at:02}", **({"reachable": False} if at in (3, 7) else {"free": 100 * MIB} if at < 3 else {}))
            for at in range(1, 9)
        ],
    )
    assert found.summary == "6 of 8 hosts can go on, 2 of them with a warning; 2 cannot."
    assert [(level, hosts) for level, hosts, _ in found.told_together] == [
        (Level.BLOCK, "gpu-[03,07]"),
        (Level.WARN, "gpu-[01-02]"),
    ]


def test_the_table_as_text():
    found = preflight(
        "web", [probe(), probe("a-long-name", reachable=False, answered=False, skew=None, free=None, openssh="")]
    )
    text = as_text(found)
    assert "✔ web1         pass" in text
    assert "✖ a-long-name  cannot" in text
    assert "9.2p1" in text
    assert "a-long-name: it cannot be reached" in text
    assert rows(found)[0].cells[3:] == ("100 ms", "–", "8", "right", "3.8 GiB", "9.2p1")


def test_the_json_has_what_its_page_says():
    found = as_json(preflight("web", [probe(free=5 * GIB), probe("b", reachable=False)]))
    page = (Path(__file__).parents[3] / "docs/json.md").read_text()
    section = page[page.index("## rbt preflight") :]
    for key in {*found, *found["hosts"][0], *found["hosts"][0]["reasons"], "level", "text"}:
        assert re.search(rf'"{key}"', section), key
    assert json.loads(json.dumps(found))["hosts"][1]["verdict"] == "block"


@given(st.lists(st.sampled_from([{}, {"reachable": False}, {"skew": 9.0}, {"free": 0}]), min_size=1, max_size=12))
def test_every_host_is_either_fit_or_not(found):
    whole = preflight("web", [probe(f"h{at}", **more) for at, more in enumerate(found)], Limits())
    assert sorted([*whole.fit, *whole.unfit]) == sorted(f"h{at}" for at in range(len(found)))
    assert (whole.level is Level.BLOCK) is bool(whole.unfit)
