"""Ansible inventories: the examples of its documentation, and what must never be guessed."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run.fleet import FleetError
from runbook_tui.targets.inventory import InventoryError, read_inventory
from runbook_tui.targets.inventory.ansible import expanded
from runbook_tui.targets.inventory.inventory import Inventory

NONE = Path("/nonexistent/ssh_config")


@pytest.fixture
def read(tmp_path):
    def reading(text: str, name: str = "hosts") -> Inventory:
        (tmp_path / name).write_text(text)
        return read_inventory([str(tmp_path / name)], ssh_config=NONE)

    return reading


def names(found: Inventory, group: str) -> list[str]:
    return list(found.fleet(group).names)


BASIC_INI = """\
mail.example.com

[webservers]
foo.example.com
bar.example.com

[dbservers]
one.example.com
two.example.com
three.example.com
"""
BASIC_YAML = """\
ungrouped:
  hosts:
    mail.example.com:
webservers:
  hosts:
    foo.example.com:
    bar.example.com:
dbservers:
  hosts:
    one.example.com:
    two.example.com:
    three.example.com:
"""


@pytest.mark.parametrize(("text", "name"), [(BASIC_INI, "hosts"), (BASIC_INI, "h.ini"), (BASIC_YAML, "h.yaml")])
def test_the_basic_inventory_in_both_notations(read, text, name):
    found = read(text, name)
    assert names(found, "webservers") == ["foo.example.com", "bar.example.com"]
    assert names(found, "ungrouped") == ["mail.example.com"]
    assert sorted(names(found, "all")) == sorted(
        f"{host}.example.com" for host in ("mail", "foo", "bar", "one", "two", "three")
    )
    assert found.notes == ()


def test_groups_of_groups_in_yaml(read):
    found = read(
        """
dbservers:
  hosts:
    one.example.com:
    two.example.com:
webservers:
  hosts:
    foo.example.com:
east:
  hosts:
    foo.example.com:
    one.example.com:
west:
  hosts:
    two.example.com:
prod:
  children:
    east:
test:
  children:
    west:
""",
        "h.yml",
    )
    assert names(found, "prod") == ["foo.example.com", "one.example.com"]
    assert names(found, "test") == ["two.example.com"]


def test_ranges(read):
    found = read(
        "[webservers]\nwww[01:50].example.com\n[odd]\nwww[01:50:2].example.com\n[databases]\ndb-[a:f].example.com\n"
    )
    assert len(found.fleet("webservers").hosts) == 50
    assert names(found, "webservers")[:2] == ["www01.example.com", "www02.example.com"]
    assert names(found, "odd")[-1] == "www49.example.com"
    assert names(found, "databases")[-1] == "db-f.example.com"


def test_aliases_ports_and_accounts(read):
    found = read(
        """
jumper ansible_port=5555 ansible_host=192.0.2.50
badwolf.example.com:5309
[targets]
localhost              ansible_connection=local
other1.example.com     ansible_connection=ssh        ansible_user=myuser
other2.example.com     ansible_connection=ssh        ansible_ssh_user='my.other' ansible_user=x # a comment
[atlanta]
host1 http_port=80 maxRequestsPerChild=808
"""
    )
    assert found.fleet("jumper").hosts[0].shown == "jumper (192.0.2.50:5555)"
    assert found.fleet("badwolf.example.com").hosts[0].port == 5309
    assert found.fleet("other1.example.com").hosts[0].user == "myuser"
    assert found.fleet("other2.example.com").hosts[0].user == "my.other"
    with pytest.raises(InventoryError, match="'local'"):
        found.fleet("localhost")
    with pytest.raises(InventoryError, match="localhost of 'targets'"):
        found.fleet("targets")
    assert any("http_port, maxRequestsPerChild" in note.message for note in found.notes)


def test_a_port_behind_a_host_counts_where_the_host_comes_up_first(read):
    found = read("a:2200\nb\n[web]\na:2300\nb:2300\nc:2200 ansible_port=22\n")
    ports = {host.name: host.port for host in found.fleet("all").hosts}
    assert ports == {"a": 2200, "b": None, "c": 22}
    assert [(note.line, "no effect" in note.message) for note in found.notes] == [(4, True), (5, True)]


def test_ungrouped_is_who_is_in_no_other_group(read):
    assert names(read("a\nb\n[web]\na\n"), "ungrouped") == ["b"]
    assert names(read("all: {hosts: {a: , b: }, children: {web: {hosts: {a: }}}}\n", "h.yaml"), "ungrouped") == ["b"]


def test_children_and_variables_by_depth(read):
    found = read(
        """
[atlanta]
host1
host2
[raleigh]
host2
host3 ansible_user=own
[southeast:children]
atlanta
raleigh
[southeast:vars]
ansible_user=deploy
ansible_become=yes
[usa:children]
southeast
[usa:vars]
ansible_user=usa
ansible_port=2222
[raleigh:vars]
ansible_user=raleigh
[all:vars]
ansible_user=everyone
"""
    )
    users = {host.name: host.user for host in found.fleet("usa").hosts}
    assert users == {"host1": "deploy", "host2": "raleigh", "host3": "own"}
    assert {host.port for host in found.fleet("all").hosts} == {2222}
    assert {host.become for host in found.fleet("all").hosts} == {"root"}


def test_the_priority_of_a_group(read):
    found = read(
        "[a_group]\nhost\n[b_group]\nhost\n[a_group:vars]\nansible_user=a\nansible_group_priority=10\n"
        "[b_group:vars]\nansible_user=b\n"
    )
    assert found.fleet("host").hosts[0].user == "a"


def test_ssh_arguments_give_the_jump_host_and_the_rest_is_said(read):
    found = read(
        "[a]\nx ansible_ssh_common_args='-o ProxyJump=ana@bastion:2222 -o ControlMaster=auto' "
        "ansible_ssh_private_key_file=~/.ssh/k\ny ansible_ssh_extra_args='-J hop'\n"
    )
    assert found.fleet("x").hosts[0].options == {"proxyjump": "ana@bastion:2222", "identityfile": "~/.ssh/k"}
    assert found.fleet("y").hosts[0].options == {"proxyjump": "hop"}
    assert any("ControlMaster=auto has no effect" in note.message for note in found.notes)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('ansible_host=\'{{ lookup("env", "H") }}\'', "template"),
        ("ansible_user='{{ user }}'", "template"),
        ("ansible_connection=docker", "docker"),
        ("ansible_connection=winrm", "winrm"),
        ("ansible_port=ssh", "no port"),
        ("ansible_user='deploy # why'", "not a user name"),
        ("ansible_host='a b'", "not a host name"),
        ("ansible_host=-oProxyCommand=id", "not a host name"),
        ("ansible_become=true ansible_become_method=su", "only sudo"),
        ("ansible_user=\"['a']\"", "no single value"),
    ],
)
def test_a_host_that_would_be_another_is_unusable_and_so_is_its_group(read, line, why):
    found = read(f"[a]\nx {line}\ny\n")
    for wanted in ("x", "a", "x,y"):
        with pytest.raises(InventoryError, match=why):
            found.fleet(wanted)
    assert names(found, "y") == ["y"]
    assert [note.line for note in found.notes if note.host == "x"] == [2]


def test_encrypted_values_and_secrets(read):
    found = read(
        """
all:
  vars:
    ansible_become_password: !vault |
      $ANSIBLE_VAULT;1.1;AES256
    ansible_python_interpreter: /usr/bin/python3
    region: [eu]
  hosts:
    a:
    b:
      ansible_host: !vault abc
""",
        "h.yml",
    )
    assert names(found, "a") == ["a"]
    with pytest.raises(InventoryError, match="encrypted"):
        found.fleet("all")
    said = "\n".join(note.shown for note in found.notes)
    assert "ansible_become_password: no secret is taken from a file" in said
    assert "ansible_python_interpreter: matters only to Ansible" in said
    assert "region: variables of the inventory" in said
    assert "AES256" not in said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[a\nx", "range|section|bracket"),
        ("[a:b]\nx", "no section"),
        ("[a:children]\nb\n", "nowhere defined"),
        ("[a:vars]\nx=1\n", "nowhere defined"),
        ("[a]\nx y\n", "no variable"),
        ("[a]\nx 'y\n", "quotation"),
        ("[a]\nx[1:99999]\n", "more than 10000"),
        ("[a]\nx[5:1]\n", "no host"),
        ("[a]\nx[01:100]\n", "width"),
        ("[a]\nx[1-5]\n", "written \\[01:50\\]"),
        ("[a:children]\nb\n[b:children]\na\n", "contain each other"),
        ("[a b]\nx\n", "section"),
    ],
)
def test_what_ansible_refuses_is_refused_with_its_line(read, text, why):
    with pytest.raises(InventoryError, match=why) as caught:
        read(text)
    assert "hosts" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("all: [a, b]\n", "no mapping of hosts"),
        ("all:\n  hosts: [a, b]\n", "no mapping"),
        ("all:\n  host:\n    a:\n", "not hosts, children or vars"),
        ("all:\n  hosts:\n    a: 5\n", "no mapping"),
        ("a: {children: {b: {children: {a: }}}}\n", "contain each other"),
        ("- a\n", "no mapping"),
        ("a: [\n", "not valid YAML in line"),
        ("a: 1\na: 2\n", "second time in line 2"),
        ("targets: [a]\n", "no mapping"),
        ("a: &x [*x]\n", "too often|too deep|not valid|nested"),
        pytest.param("a: " + "[" * 300, "YAML|nested", id="deep"),
    ],
)
def test_yaml_that_is_none_is_refused_with_its_line(read, text, why):
    with pytest.raises(InventoryError, match=why):
        read(text, "h.yaml")


def test_our_own_dialect_in_a_file(read):
    found = read("targets:\n  gpus: {hosts: 'gpu-[01-02]', user: deploy, colour: red}\nother: 1\n", "fleet.yaml")
    assert names(found, "gpus") == ["gpu-01", "gpu-02"]
    assert [note.line for note in found.notes] == [2, 3]


def test_programs_folders_and_binaries_are_not_taken(read, tmp_path):
    with pytest.raises(InventoryError, match="program"):
        read("#!/bin/sh\necho '{}'\n")
    with pytest.raises(InventoryError, match="program"):
        read("x\n", "inv.py")
    with pytest.raises(InventoryError, match="folder"):
        read_inventory([str(tmp_path)], ssh_config=NONE)
    with pytest.raises(InventoryError, match="cannot be read"):
        read_inventory([str(tmp_path / "nothing")], ssh_config=NONE)
    (tmp_path / "b").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InventoryError, match="not text"):
        read_inventory([str(tmp_path / "b")], ssh_config=NONE)


def test_group_vars_beside_it_are_said_to_be_unread(read, tmp_path):
    (tmp_path / "group_vars").mkdir()
    assert any("group_vars/" in note.message for note in read("x\n").notes)


def test_the_later_source_wins_and_says_so(tmp_path):
    (tmp_path / "a").write_text("[web]\nx ansible_host=10.0.0.1\n")
    (tmp_path / "b").write_text("[web]\nx ansible_host=10.0.0.2\n")
    found = read_inventory([str(tmp_path / "a"), str(tmp_path / "b")], declared={"web": "z"}, ssh_config=NONE)
    assert found.fleet("web").hosts[0].address == "10.0.0.2"
    replaced = [note for note in found.notes if "'web' of an earlier source is replaced" in note.message]
    assert [note.source for note in replaced] == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert any("'x' was x (10.0.0.1)" in note.message for note in found.notes)
    assert found.fleet("z").names == ("z",)


@pytest.mark.parametrize("written", ["[2001:db8::7]:22", "2001:db8::7"])
def test_addresses_of_the_sixth_version(read, written):
    assert names(read(f"[a]\n{written}\n"), "a") == ["2001:db8::7"]


@given(st.text(st.sampled_from("ab[]:=019 \n#;'\"{}%-_.,&*!\t\\"), max_size=120))
def test_any_text_is_an_inventory_or_refused(text):
    from runbook_tui.targets.inventory import ansible_files

    for read in (
        lambda: ansible_files.from_ini(text, "x").gathered().frozen(lambda _: False),
        lambda: _yaml(text),
    ):
        try:
            found = read()
        except FleetError:
            continue
        for name in found.names:
            with suppress(InventoryError) if found.unusable else nullcontext():
                assert found.fleet(name).hosts


def _yaml(text: str) -> Inventory:
    from runbook_tui.targets.inventory import sources

    return sources._yaml(text, "x").frozen(lambda _: False)


@given(st.integers(0, 999), st.integers(0, 60), st.integers(1, 7))
def test_both_ends_of_a_range_belong_to_it(first, length, step):
    found = expanded(f"n[{first}:{first + length}:{step}].x")
    assert found[0] == f"n{first}.x"
    assert len(found) == length // step + 1
