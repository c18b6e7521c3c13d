"""The names of ssh_config: what is written out, what a pattern is for, what is included."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.targets.inventory import InventoryError, read_inventory
from runbook_tui.targets.inventory.ssh_hosts import _fits, ssh_names


@pytest.fixture
def config(tmp_path):
    (tmp_path / "config.d").mkdir()
    (tmp_path / "config.d" / "gpus.conf").write_text("HOST gpu-01 gpu-02 gpu-test\n  User deploy\nHost=gpu-03\n")
    (tmp_path / "config.d" / "loop.conf").write_text("Include loop2.conf\n")
    (tmp_path / "config").write_text(
        """
# Host commented
Include config.d/*.conf missing.conf
Host web1 "quoted name" # web9
    HostName 10.0.0.7
Host db-* !db-old
    User postgres
Match host x
    Host bastion
Host *
    ServerAliveInterval 10
"""
    )
    return tmp_path / "config"


def test_names_in_the_order_of_the_file_with_what_it_includes(config):
    assert ssh_names(config).names == ("gpu-01", "gpu-02", "gpu-test", "gpu-03", "web1", "quoted name", "bastion")


def test_a_pattern_takes_the_names_that_fit(config):
    found = read_inventory(["ssh:gpu-* !gpu-test"], ssh_config=config)
    assert found.fleet("ssh:gpu-* !gpu-test").names == ("gpu-01", "gpu-02", "gpu-03")
    assert found.fleet("gpu-0[1-2]").names == ("gpu-01", "gpu-02")
    with pytest.raises(InventoryError, match="names 7 hosts"):
        read_inventory(["ssh:nothing*"], ssh_config=config)


def test_a_name_of_ssh_config_is_known_when_the_operator_writes_it(config):
    found = read_inventory(ssh_config=config)
    assert found.fleet("web1", written_by_operator=True).names == ("web1",)
    assert found.fleet("db-7", written_by_operator=True).names == ("db-7",)
    for wanted in ("db-old", "anything"):
        with pytest.raises(InventoryError):
            found.fleet(wanted, written_by_operator=True)
    with pytest.raises(InventoryError):
        found.fleet("web1")


def test_files_that_include_each_other_and_open_quotes_are_said(tmp_path):
    (tmp_path / "config").write_text('Include config\nHost "open\nHost a\n')
    names = ssh_names(tmp_path / "config")
    assert "a" in names.names
    assert any("too deep" in text for text in names.unread)
    found = read_inventory(ssh_config=tmp_path / "config")
    assert any("quotation mark" in note.message for note in found.notes)


def test_no_configuration_says_nothing(tmp_path):
    assert ssh_names(tmp_path / "none").names == ()


@given(st.text(st.sampled_from("ab*?"), max_size=12), st.text(st.sampled_from("ab"), max_size=8))
def test_patterns_as_the_shell_reads_them(pattern, name):
    assert _fits(name, pattern) == fnmatch.fnmatchcase(name, pattern)


def test_many_stars_cost_little():
    assert not _fits("a" * 250, "*a" * 40 + "b")
