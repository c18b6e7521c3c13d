"""Output of many hosts: the same once, whatever the chunks; the others against the most."""

from __future__ import annotations

import time
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run.folding import KEPT_END, Difference, Folding, difference

outputs = st.dictionaries(
    st.from_regex(r"\A[a-c][0-9]{1,2}\Z"),
    st.lists(st.sampled_from([b"a", b"b\n", b"\n", b"\xff"]), max_size=6),
    max_size=12,
)


def folding(**outputs: bytes) -> Folding:
    found = Folding()
    for host, data in outputs.items():
        found.feed(host, data)
        found.finish(host, "exit 0")
    return found


@given(outputs)
def test_hosts_are_together_exactly_when_their_bytes_are_the_same(said):
    found = Folding()
    for host, chunks in said.items():
        for chunk in chunks:
            found.feed(host, chunk)
        found.finish(host)
    together = {frozenset(fold.hosts) for fold in found.folds()}
    expected: dict[bytes, set[str]] = {}
    for host, chunks in said.items():
        expected.setdefault(b"".join(chunks).removesuffix(b"\n"), set()).add(host)
    assert together == {frozenset(hosts) for hosts in expected.values()}
    for fold in found.folds():
        assert fold.data == b"".join(said[fold.hosts[0]]).removesuffix(b"\n")


@given(outputs)
def test_the_most_hosts_come_first(said):
    found = Folding()
    for host, chunks in said.items():
        found.feed(host, b"".join(chunks))
        found.finish(host)
    sizes = [len(fold.hosts) for fold in found.folds()]
    assert sizes == sorted(sizes, reverse=True)


def test_names_are_folded_and_the_odd_one_shows_its_difference():
    same = {f"gpu{at:02}": b"driver 550\ncuda 12.4\nok\n" for at in range(1, 17)}
    found = folding(**{**same, "gpu07": b"driver 535\ncuda 12.4\nok"}).folds()
    assert [fold.nodes for fold in found] == ["gpu[01-06,08-16]", "gpu07"]
    assert found[0].difference == ()
    assert found[1].difference == (
        Difference("-", b"driver 550"),
        Difference("+", b"driver 535"),
        Difference(" ", b"cuda 12.4"),
        Difference(" ", b"ok"),
    )


def test_the_same_words_with_another_outcome_are_not_the_same():
    found = Folding()
    for host, outcome in (("a", "exit 0"), ("b", "exit 1"), ("c", "exit 0")):
        found.feed(host, b"done\n")
        found.finish(host, outcome)
    assert [(fold.nodes, fold.outcome, fold.difference) for fold in found.folds()] == [
        ("a,c", "exit 0", ()),
        ("b", "exit 1", ()),
    ]


def test_those_that_run_come_last_and_silent_ones_fold_too():
    found = Folding()
    found.feed("b", b"half")
    found.finish("z1")
    found.finish("z2")
    assert [(fold.nodes, fold.running, fold.data) for fold in found.folds()] == [
        ("z[1-2]", False, b""),
        ("b", True, b"half"),
    ]
    found.again("z1")
    assert [fold.nodes for fold in found.folds()] == ["z2", "b"]


def test_large_outputs_are_told_apart_by_what_is_not_kept():
    large = bytearray(b"line\n" * 100_000)
    other = bytearray(large)
    other[250_000] = 0
    found = folding(a=bytes(large), b=bytes(large), c=bytes(other)).folds()
    assert [fold.nodes for fold in found] == ["a,b", "c"]
    assert found[0].bytes == 500_000
    assert len(found[0].data) < 2 * KEPT_END + 100
    assert b"bytes not kept" in found[0].data


@given(st.integers(0, 3 * KEPT_END), st.integers(97, 3 * KEPT_END))
def test_what_is_kept_does_not_depend_on_the_chunks(size, chunk):
    data = bytes(at % 251 for at in range(size))
    one, many = Folding(), Folding()
    one.feed("a", data)
    for at in range(0, size, chunk):
        many.feed("a", data[at : at + chunk])
    one.finish("a")
    many.finish("a")
    assert one.folds() == many.folds()
    if size <= 2 * KEPT_END:
        assert one.folds()[0].data == data.removesuffix(b"\n")


def test_many_hosts_with_large_outputs_take_little_memory():
    tracemalloc.start()
    found = Folding()
    chunk = b"x" * 60_000 + b"\n"
    for at in range(300):
        for _ in range(3):
            found.feed(f"n{at}", chunk)
        found.feed(f"n{at}", str(at % 250).encode())
        found.finish(f"n{at}")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.folds()) == 250
    assert peak < 250 * 2 * KEPT_END * 1.5


@given(st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=20), st.lists(st.sampled_from([b"a", b"b"]), max_size=20))
def test_a_difference_has_every_line_that_only_one_side_has(old, new):
    found = difference(b"\n".join(old), b"\n".join(new))
    minus = [item.line for item in found if item.sign == "-"]
    plus = [item.line for item in found if item.sign == "+"]
    if b"\n".join(old) == b"\n".join(new):
        assert not found
    elif b"" not in (b"\n".join(old), b"\n".join(new)):
        assert len(old) - len(minus) == len(new) - len(plus)
        assert minus or plus


def test_asking_again_and_again_costs_little():
    found = Folding()
    for host in range(150):
        found.feed(f"n{host:03}", b"".join(b"line %d %d\n" % (at, (at * 7 + host) % 50) for at in range(190)))
        found.finish(f"n{host:03}")
    for host in range(150, 180):
        found.feed(f"n{host}", b"x" * 64_000)
    began = time.thread_time()
    first = found.folds()
    once = time.thread_time() - began
    began = time.thread_time()
    assert found.folds() == first
    assert time.thread_time() - began < max(0.03, once)
    assert sum(len(fold.data) for fold in first if fold.running) < 30 * 4200


def test_two_outputs_without_a_common_line_are_compared_quickly():
    old = b"\n".join(b"%d" % (at * 7 % 5003) for at in range(5000))
    new = b"\n".join(b"%d" % (at * 11 % 5003) for at in range(5000))
    began = time.thread_time()
    found = difference(old, new)
    assert time.thread_time() - began < 1.0
    assert any(item.sign == "…" for item in found)
