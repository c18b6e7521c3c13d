"""Waves and thresholds: laws over any number of hosts, and the sums that went wrong elsewhere."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run import fleet as f
from runbook_tui.run.fleet import Batches, Fleet, FleetError, HostSpec, Share, Stop, stop_reached, waves

percents = st.integers(1, 1000).map(lambda tenths: f.share(f"{tenths // 10}.{tenths % 10}%"))
counts = st.integers(1, 40).map(lambda number: Share(str(number)))
sizes = st.lists(counts | percents, max_size=5).map(lambda found: Batches(tuple(found)))
totals = st.integers(0, 300)


def hosts(number: int) -> list[str]:
    return [f"gpu-{at:03}" for at in range(number)]


def lengths(number: int, *said: object) -> list[int]:
    return [len(wave) for wave in waves(hosts(number), f.batches(list(said)))]


@given(totals, sizes)
def test_every_host_has_its_turn_once_and_in_order(total, batches):
    assert [name for wave in waves(hosts(total), batches) for name in wave] == hosts(total)


@given(st.integers(1, 300), sizes.filter(lambda batches: batches.sizes))
def test_a_wave_is_never_larger_than_it_says_and_never_empty(total, batches):
    found = waves(hosts(total), batches)
    for at, wave in enumerate(found):
        size = batches.sizes[min(at, len(batches.sizes) - 1)]
        assert 1 <= len(wave) <= max(1, size.of(total))
        if at < len(found) - 1:
            assert len(wave) == max(1, int(size.of(total)))


@pytest.mark.parametrize(
    ("number", "said", "expected"),
    [
        (10, [3], [3, 3, 3, 1]),
        (9, ["30%"], [2, 2, 2, 2, 1]),
        (10, [1, 5, 10], [1, 5, 4]),
        (30, [1, 5, 10], [1, 5, 10, 10, 4]),
        (10, ["10%", "20%", "100%"], [1, 2, 7]),
        (30, [1, 5, "20%"], [1, 5, 6, 6, 6, 6]),
        (3, ["10%"], [1, 1, 1]),
        (100, ["29%"], [29, 29, 29, 13]),  # 0.29 * 100 is 28.999… in binary
        (1000, ["33.3%"], [333, 333, 333, 1]),
    ],
)
def test_batches_as_ansible_documents_serial(number, said, expected):
    assert lengths(number, *said) == expected


def test_without_batches_all_hosts_are_one_wave():
    assert waves(hosts(3), Batches()) == (tuple(hosts(3)),)
    assert waves([], Batches()) == ()


@given(totals, st.integers(0, 300), st.integers(0, 300), counts | percents)
def test_it_stops_when_more_than_the_share_failed_and_not_before(total, failed, unknown, above):
    expected = Fraction(failed + unknown) > above.of(total)
    assert (stop_reached(Stop(above), total, failed, unknown) is not None) is expected


@given(totals, st.integers(0, 50), st.integers(0, 50), counts | percents)
def test_an_unknown_outcome_weighs_as_much_as_a_failure(total, failed, unknown, above):
    one = stop_reached(Stop(above), total, failed + unknown, 0)
    other = stop_reached(Stop(above), total, failed, unknown)
    assert (one is None) is (other is None)


@given(st.integers(1, 300), st.integers(0, 299), percents)
def test_one_more_failure_never_unstops(total, failed, above):
    if stop_reached(Stop(above), total, failed, 0):
        assert stop_reached(Stop(above), total, failed + 1, 0)


def test_the_sums_of_the_issue():
    """4 hosts, 24 % stops at the first failure and 25 % does not, whatever has failed before."""
    assert stop_reached(f.stop("24%"), 4, 1, 0)
    assert stop_reached(f.stop("25%"), 4, 1, 0) is None
    assert stop_reached(f.stop("33.3%"), 1000, 333, 0) is None
    assert stop_reached(f.stop("33.3%"), 1000, 334, 0)


def test_one_host_a_wave_is_not_100_percent():
    assert stop_reached(f.stop("50%"), 10, 1, 0, succeeded=1) is None


def test_any_failure_stops_unless_the_fleet_says_otherwise():
    assert stop_reached(Stop(), 100, 0, 0, succeeded=0) is None
    assert stop_reached(Stop(), 100, 1, 0) == "1 of 100 hosts failed, and any failure stops"
    assert stop_reached(Stop(), 100, 1, 2) == "1 failed and 2 unknown of 100 hosts, and any failure stops"
    assert stop_reached(f.stop("never"), 100, 100, 0, succeeded=0) is None


def test_what_has_worked_nowhere_goes_no_further():
    said = stop_reached(f.stop(5), 20, 0, 1, succeeded=0)
    assert said == "0 failed and 1 unknown of 20 hosts, and it has succeeded nowhere so far"
    assert stop_reached(f.stop(5), 20, 1, 0, succeeded=1) is None


@pytest.mark.parametrize(
    "value", [True, None, "", "x", "-1", "1.5", "101%", "1e3", "½", [1, [2]], {}, "5 5", "٣%%", "٣"]
)
def test_what_is_no_share_is_refused(value):
    with pytest.raises(FleetError):
        f.batches(value)
    with pytest.raises(FleetError):
        f.stop(value)


@pytest.mark.parametrize("value", [0, "0%", "0.0%", [3, 0]])
def test_an_empty_batch_is_refused(value):
    with pytest.raises(FleetError, match="never end"):
        f.batches(value)


@pytest.mark.parametrize(
    ("text", "name", "user", "port"),
    [
        ("web1", "web1", None, None),
        ("deploy@web1:2222", "web1", "deploy", 2222),
        ("ssh://deploy@web1.example.org:22/", "web1.example.org", "deploy", 22),
        ("root@[2001:db8::7]:22", "2001:db8::7", "root", 22),
        ("2001:db8::7", "2001:db8::7", None, None),
        ("fe80::1%eth0", "fe80::1%eth0", None, None),
        ("ana@corp.example@jump", "jump", "ana@corp.example", None),
        ("10.0.0.7:2200", "10.0.0.7", None, 2200),
    ],
)
def test_a_host_as_it_is_written(text, name, user, port):
    host = f.parsed_host(text)
    assert (host.name, host.user, host.port) == (name, user, port)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "-oProxyCommand=id",
            "a b",
            "web;id",
            "$(id)",
            "`id`",
            "user@-x",
            "@web",
            "web:",
            "web:0",
            "web:65536",
        ),
        *(
            "web:ssh",
            "[web]:22",
            "a@b@c@d",
            "web\n",
            "web\x1b[2J",
            "http://web",
            "web/x",
            "-",
            "web-",
            "-l@web",
            "x" * 300,
        ),
    ],
)
def test_what_could_be_an_option_or_a_command_is_no_host(text):
    if text == "web\n":
        assert f.parsed_host(text).name == "web"
    else:
        with pytest.raises(FleetError):
            f.parsed_host(text)


@given(st.text(max_size=60))
def test_any_text_is_a_host_or_refused(text):
    try:
        host = f.parsed_host(text)
    except FleetError:
        return
    assert not set(host.name) & set(" \t\n;|&$`'\"<>()\\*?{}#!-"[:-1])
    assert not host.name.startswith("-")


def test_a_host_is_shown_with_where_it_leads():
    assert HostSpec(name="web").shown == "web"
    assert HostSpec(name="web", address="10.0.0.7", user="deploy", port=2222).shown == "web (deploy@10.0.0.7:2222)"
    assert HostSpec(name="web", address="2001:db8::7", port=2222).shown == "web ([2001:db8::7]:2222)"
    assert HostSpec(name="web", user="root").shown == "web (root@web)"


def test_a_fleet_is_of_different_hosts():
    with pytest.raises(FleetError, match="twice"):
        Fleet(name="web", hosts=(HostSpec(name="a"), HostSpec(name="a")))
    with pytest.raises(FleetError, match="no host"):
        Fleet(name="web", hosts=())
    with pytest.raises(FleetError, match="at least one"):
        Fleet(name="web", hosts=(HostSpec(name="a"),), limit=0)


def test_a_fleet_again_where_it_failed():
    fleet = Fleet(name="gpus", hosts=tuple(HostSpec(name=name) for name in hosts(5)), batches=f.batches("50%"))
    again = fleet.only({"gpu-004", "gpu-001"})
    assert again.names == ("gpu-001", "gpu-004")
    assert again.waves == (("gpu-001",), ("gpu-004",))
    with pytest.raises(FleetError, match="gpu-9"):
        fleet.only({"gpu-9"})


def test_a_fleet_survives_the_journal():
    fleet = Fleet(name="gpus", hosts=(HostSpec(name="a", user="u", options={"identityfile": "k"}),), stop=f.stop("10%"))
    assert msgspec.json.decode(msgspec.json.encode(fleet), type=Fleet) == fleet
