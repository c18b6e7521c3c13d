"""Ranges of host names: what they stand for, and back."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run.fleet import FleetError
from runbook_tui.run.hostnames import LARGEST, expanded, folded, natural

names = st.from_regex(r"\A[a-z]{1,4}-?[0-9]{0,3}(?:\.[a-z]{2,3})?\Z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web1", ["web1"]),
        ("gpu-[01-03]", ["gpu-01", "gpu-02", "gpu-03"]),
        ("gpu-[08-11].lan", ["gpu-08.lan", "gpu-09.lan", "gpu-10.lan", "gpu-11.lan"]),
        ("x[1-10/3]", ["x1", "x4", "x7", "x10"]),
        ("n[1,3,7-8]", ["n1", "n3", "n7", "n8"]),
        ("r[1-2]n[1-2]", ["r1n1", "r1n2", "r2n1", "r2n2"]),
        ("web2,web1 db,web2", ["web2", "web1", "db"]),
        ("z[1-2],a", ["z1", "z2", "a"]),
        ("n[1-5]!n3", ["n1", "n2", "n4", "n5"]),
        ("n[1-5]!n[1,3]", ["n2", "n4", "n5"]),
        ("n[1-5]&n[4-9]", ["n4", "n5"]),
        ("10.0.0.[7-8]", ["10.0.0.7", "10.0.0.8"]),
        ("n[1,  3]", ["n1", "n3"]),
    ],
)
def test_what_an_expression_stands_for(text, expected):
    assert list(expanded(text)) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *((text, "not a list") for text in ("", "  ", "x" * 5000)),
        *((text, "bracket") for text in ("n[", "n]", "n[1-3", "n[1-3]]", "[[1]]")),
        *((text, "range") for text in ("n[]", "n[a-c]", "n[1,,3]", "n[-3]", "n[1-]", "n[1-2-3]", "n[1-9999999999]")),
        *((text, "backwards") for text in ("n[5-1]", "n[1-5/0]")),
        *((text, "name the hosts") for text in ("@gpus", "web*", "web?", "a,@b")),
        *(
            (text, "more than 10000")
            for text in ("n[0-10000]", "n[0-999999999]", "a[1-101]b[1-100]", "a[1-6000],b[1-6000]")
        ),
        ("n[1-010]", "padding"),
        ("n[1-3]!n[1-3]", "no host"),
    ],
)
def test_what_is_no_list_of_hosts_is_refused(text, why):
    with pytest.raises(FleetError, match=why):
        expanded(text)


def test_as_many_hosts_as_may_be():
    assert len(expanded(f"n[1-{LARGEST}]")) == LARGEST


def test_a_range_that_would_fill_the_memory_is_refused_at_once():
    began = time.thread_time()
    for text in ("a[0-999999999]" + "b[0-999999999]" * 100, "a[0-99],".replace("99", "999999") * 200):
        with pytest.raises(FleetError):
            expanded(text)
    assert time.thread_time() - began < 1.0


@given(st.text(st.sampled_from("abn09[]-/,! &^.@*x\\%\n"), max_size=40))
def test_any_text_is_hosts_or_refused(text):
    try:
        found = expanded(text, largest=500)
    except FleetError:
        return
    assert 0 < len(found) <= 500
    assert len(set(found)) == len(found)


@given(st.lists(names, min_size=1, max_size=40, unique=True))
def test_folding_loses_and_adds_no_name(found):
    assert set(expanded(folded(found))) == set(found)


@given(st.lists(names, min_size=1, max_size=40, unique=True), st.randoms())
def test_folding_does_not_depend_on_the_order(found, random):
    other = list(found)
    random.shuffle(other)
    assert folded(other) == folded(found)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["gpu-02", "gpu-01", "gpu-03"], "gpu-[01-03]"),
        (["web1", "gpu-01", "gpu-02"], "gpu-[01-02],web1"),
        (["r1n1", "r1n2", "r2n1", "r2n2"], "r[1-2]n[1-2]"),
        (["localhost"], "localhost"),
        (["db", "web2", "2001:db8::7"], "web2,2001:db8::7,db"),
        ([], ""),
    ],
)
def test_names_as_few_words(found, expected):
    assert folded(found) == expected


def test_ten_thousand_names_and_addresses_at_random_fold_quickly():
    addresses = [f"10.{at * 7919 % 251}.{at * 104_729 % 241}.{at % 256}" for at in range(10_000)]
    began = time.thread_time()
    assert folded([f"gpu-{at:05}" for at in range(10_000)]) == "gpu-[00000-09999]"
    assert set(expanded(folded(addresses[:200]))) == set(addresses[:200])
    folded(addresses)
    assert time.thread_time() - began < 10  # the library alone needs minutes for such addresses


def test_a_name_with_numbers_sorts_as_a_person_would():
    assert sorted(["n10", "n2", "n1", "a"], key=natural) == ["a", "n1", "n2", "n10"]


def test_the_library_is_not_loaded_before_it_is_needed_and_runs_nothing():
    program = """
import sys
import runbook_tui.run.hostnames
assert "ClusterShell" not in sys.modules
seen = []
sys.addaudithook(lambda event, args: seen.append((event, args)) if event in (
    "subprocess.Popen", "os.exec", "os.posix_spawn", "os.fork", "socket.connect", "socket.__new__") else None)
runbook_tui.run.hostnames.expanded("n[1-3]")
assert not seen, seen
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
