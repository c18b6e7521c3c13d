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
