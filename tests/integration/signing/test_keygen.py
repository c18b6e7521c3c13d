"""What stands in the way of ssh-keygen is told in words, not as an error of the program."""

import tempfile
from datetime import UTC, datetime

import pytest

from runbook_tui.signing import identity, keygen
from runbook_tui.signing.roster import Roster

PRESENTED = keygen.Presented(
    text=b"x", signature=b"x", namespace="n", principal="ana", signers=b"", at=datetime(2026, 11, 22, tzinfo=UTC)
)
DEEDS = [
    lambda: keygen.judge(PRESENTED),
    lambda: keygen.sign(b"x", namespace="n", key="k"),
    lambda: keygen.sign_with_public(b"x", namespace="n", public="ssh-ed25519 AAAA"),
]


@pytest.mark.parametrize("deed", DEEDS)
def test_nowhere_to_write(monkeypatch, tmp_path, deed) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "full"))
    with pytest.raises(keygen.SigningFailed, match="could not be written in"):
        deed()


@pytest.mark.parametrize("deed", DEEDS)
def test_a_program_that_may_not_be_started(monkeypatch, tmp_path, deed) -> None:
    (tmp_path / "ssh-keygen").write_text("#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(keygen.SigningFailed, match="cannot be started here: Permission denied"):
        deed()


def test_a_key_without_its_public_half_where_the_program_may_not_be_started(monkeypatch, tmp_path) -> None:
    (tmp_path / "ssh-keygen").write_text("#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(keygen.SigningFailed, match="cannot be used here"):
        identity.keys_here(Roster(), {}, file=str(tmp_path / "key"))


@pytest.mark.parametrize("named", ["/", "~nobody-of-this-name/key", "."])
def test_a_key_file_that_is_none(named) -> None:
    with pytest.raises(identity.NobodyProved, match="names no key file"):
        identity.keys_here(Roster(), {}, file=named)


@pytest.mark.parametrize("line", ["", "ssh-ed25519", "ssh-ed25519 \N{SNOWMAN}", "ssh-ed25519 A"])
def test_a_public_half_that_is_none(tmp_path, line) -> None:
    (tmp_path / "key.pub").write_text(line, encoding="utf-8")
    with pytest.raises(identity.NobodyProved, match="no public key"):
        identity.keys_here(Roster(), {}, file=str(tmp_path / "key"))


def test_an_agent_that_does_not_sign_is_told_by_its_key_and_not_by_a_file_of_ours(tmp_path) -> None:
    (tmp_path / "ssh-keygen").write_text("#!/bin/sh\necho 'agent refused operation' >&2\nexit 1\n")
    (tmp_path / "ssh-keygen").chmod(0o755)
    key = identity.OwnKey(fingerprint="SHA256:abc", public="ssh-ed25519 AAAA")
    with pytest.raises(keygen.SigningFailed) as told:
        identity.sign_with(key, b"x", namespace="n", env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert "did not sign with the agent’s key SHA256:abc: agent refused operation" in str(told.value)
