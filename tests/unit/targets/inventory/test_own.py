"""Our own `targets:`: what may be written, and that nothing written is lost without a word."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runbook_tui.run.fleet import FleetError
from runbook_tui.targets.inventory import LOCAL, InventoryError, read_inventory
from runbook_tui.targets.inventory.inventory import Inventory

NO_CONFIG = "/nonexistent/ssh_config"


def inventory(**targets: object) -> Inventory:
    return read_inventory(declared=targets, ssh_config=_none())


def _none():
    from pathlib import Path

    return Path(NO_CONFIG)


def shown(found: Inventory, name: str, **how: bool) -> list[str]:
    return [host.shown for host in found.fleet(name, **how).hosts]


def test_one_host_several_and_a_range():
    found = inventory(web="deploy@web1:2222", db=["db1", "root@db2"], gpus="gpu-[01-03]")
    assert shown(found, "web") == ["web1 (deploy@web1:2222)"]
    assert shown(found, "db") == ["db1", "db2 (root@db2)"]
    assert shown(found, "gpus") == ["gpu-01", "gpu-02", "gpu-03"]
    assert shown(found, "gpu-02") == ["gpu-02"]
    assert shown(found, "gpu-[02-03],web") == ["gpu-02", "gpu-03", "web1 (deploy@web1:2222)"]


def test_a_group_with_everything():
    said = {
        "hosts": "gpu-[01-16]",
        "user": "deploy",
        "port": 2222,
        "become": True,
        "cwd": "/srv/bem",
        "identity": "~/.ssh/deploy",
        "jump": "bastion",
        "limit": 8,
        "batch": [1, "25%"],
        "stop": 2,
    }
    fleet = inventory(gpus=said).fleet("gpus")
    host = fleet.hosts[0]
    assert (host.user, host.port, host.become, host.cwd) == ("deploy", 2222, "root", "/srv/bem")
    assert host.options == {"identityfile": "~/.ssh/deploy", "proxyjump": "bastion"}
    assert fleet.limit == 8
    assert [len(wave) for wave in fleet.waves] == [1, 4, 4, 4, 3]
    assert str(fleet.stop.above) == "2"


def test_what_a_host_says_itself_comes_first():
    found = inventory(
        mixed={
            "hosts": {"a": "10.0.0.7", "b": {"address": "ana@10.0.0.8:22", "become": "postgres"}, "c[1-2]": None},
            "user": "deploy",
            "port": 2222,
        },
        listed={"hosts": ["root@d", "e:23"], "user": "deploy", "port": 2222},
    )
    assert shown(found, "mixed") == [
        "a (deploy@10.0.0.7:2222)",
        "b (ana@10.0.0.8:22)",
        "c1 (deploy@c1:2222)",
        "c2 (deploy@c2:2222)",
    ]
    assert found.fleet("b").hosts[0].become == "postgres"
    assert shown(found, "listed") == ["d (root@d:2222)", "e (deploy@e:23)"]


def test_groups_of_groups():
    found = inventory(
        everything={"hosts": ["gpus", "web", "extra"], "user": "deploy", "batch": "50%"},
        gpus="gpu-[1-2]",
        web="www@web1",
    )
    assert shown(found, "everything") == [
        "deploy@gpu-1",
        "deploy@gpu-2",
        "web1 (www@web1)",
        "extra (deploy@extra)",
    ]
    assert shown(found, "gpus") == ["gpu-1", "gpu-2"]


def test_a_host_may_bear_the_name_of_its_entry():
    assert shown(inventory(web="deploy@web"), "web") == ["web (deploy@web)"]


def test_an_address_of_the_sixth_version():
    assert shown(inventory(six="root@[2001:db8::7]:22"), "six") == ["2001:db8::7 (root@[2001:db8::7]:22)"]


@pytest.mark.parametrize(
    ("targets", "why"),
    [
        ({"a": ["b"], "b": ["a"]}, "contain each other"),
        ({"a": {"hosts": "x", "stop": "many"}}, "when to stop"),
        ({"a": {"hosts": "x", "batch": 0}}, "never end"),
        ({"a": {"hosts": "x", "limit": 0}}, "limit"),
        ({"a": {"hosts": "x", "port": 99999}}, "not a port"),
        ({"a": {"user": "x"}}, "names no `hosts`"),
        ({"a": "x[1-99999]"}, "more than 10000"),
        ({"a": "-oProxyCommand=id"}, "not a host"),
        ({"a": {"hosts": "x", "user": "a b"}}, "not a user name"),
        ({"a": {"hosts": "x", "cwd": "/a\n/b"}}, "no value"),
        ({"a": True}, "not a host"),
        ({"a": None}, "not a host"),
        ({"a": []}, None),
        ({"a b": "x"}, "not a host name"),
        ({"a": ["x", "root@x"]}, "two ways"),
        ({"a": "local"}, "this machine"),
        ({"a": {"hosts": {"x[1-2]": "10.0.0.7"}}}, "one address"),
        ({f"g{at}": [f"g{at + 1}", f"g{at + 1}"] for at in range(30)}, "contain each other"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_name(targets, why):
    if why is None:
        with pytest.raises(InventoryError, match="no host"):
            inventory(**targets).fleet("a")
        return
    with pytest.raises(InventoryError, match=why) as caught:
        inventory(**targets)
    assert "the document" in str(caught.value)


def test_what_has_no_effect_is_said():
    found = inventory(a={"hosts": "x", "colour": "red", "password": "hunter2"}, local="y")
    said = "\n".join(note.shown for note in found.notes)
    assert "'colour' of 'a' is not known" in said
    assert "no secret is taken from a file" in said
    assert "hunter2" not in said
    assert "'local' is always this machine" in said


def test_local_is_always_there():
    assert read_inventory(ssh_config=_none()).fleet(LOCAL).names == (LOCAL,)


def test_a_name_nowhere_listed_is_refused_with_near_ones():
    found = inventory(gpus="gpu-[01-16]", web="web1")
    with pytest.raises(InventoryError, match="Did you mean gpu-07"):
        found.fleet("gpu07")
    with pytest.raises(InventoryError, match="in no inventory"):
        found.fleet("gpu-[15-17]")
    with pytest.raises(InventoryError, match="in no inventory"):
        found.fleet("production", written_by_operator=True)


def test_only_the_operator_names_a_host_that_is_nowhere_listed():
    found = inventory(web={"hosts": {"web1": "10.0.0.7"}, "become": "root", "user": "deploy"})
    with pytest.raises(InventoryError, match="only the operator"):
        found.fleet("root@other")
    assert shown(found, "root@other:2222", written_by_operator=True) == ["root@other (root@other:2222)"]
    assert shown(found, "root@web1", written_by_operator=True) == ["root@web1 (root@10.0.0.7)"]
    assert found.fleet("root@web1", written_by_operator=True).hosts[0].become == "root"
    assert shown(found, "root@a,root@b:23", written_by_operator=True) == ["root@a", "root@b (root@b:23)"]


def test_two_ways_to_a_host_have_two_names_or_are_refused():
    found = inventory(web="deploy@web1", admin="root@web1", plain={"hosts": "web1", "port": 22})
    assert (shown(found, "web"), shown(found, "admin")) == (["deploy@web1"], ["root@web1"])
    assert shown(found, "web1") == ["web1 (web1:22)"]
    assert len({host.name for host in found.hosts.values()}) == 3
    with pytest.raises(InventoryError, match=r"target 'b'.*two ways.*become root.*\{other-name: x\}"):
        inventory(a="x", b={"hosts": "x", "become": "root"})
    assert shown(inventory(a="x", b={"hosts": {"x-root": "x"}, "become": "root"}), "b") == ["x-root (x)"]


def test_another_port_of_a_known_host_wants_an_account_as_well():
    found = inventory(web="web1:2200")
    assert shown(found, "web1:2200", written_by_operator=True) == ["web1 (web1:2200)"]
    with pytest.raises(InventoryError, match="user@web1:22"):
        found.fleet("web1:22", written_by_operator=True)
    assert shown(found, "ana@web1:22", written_by_operator=True) == ["ana@web1 (ana@web1:22)"]


def test_one_host_in_two_ways_is_no_fleet():
    found = inventory(one="root@x", two="ana@x")
    with pytest.raises(InventoryError, match="two ways"):
        found.fleet("one,two")


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["g[1-3]", "a", "b", "root@c:22"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["hosts", "user", "port", "batch", "stop", "limit", "become", "a", "b", "x[1-2]"]), inner
        )
    ),
    max_leaves=12,
)


@example({"a": ["0@c:1"], "c": []})
@given(st.dictionaries(st.sampled_from(["a", "b", "c", "local", "-x"]), values, max_size=3))
def test_any_mapping_is_fleets_or_refused(targets):
    try:
        found = read_inventory(declared=targets, ssh_config=_none())
    except FleetError:
        return
    for name in found.names:
        assert found.fleet(name).hosts
