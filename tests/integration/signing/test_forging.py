"""Every kind of key signs, and nobody without one makes another statement or another signature of what was signed."""

import random
import re

import pytest

from runbook_tui.signing.offering import NotSigned, taken
from runbook_tui.signing.sshsig import NoSignature, read_signature
from tests.integration.signing.bed import Run, Team, armoured, judge
from tests.integration.signing.forging import Pair, blob_of, edited

EDITS = 250
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
KINDS = {
    "ed25519": ("-t", "ed25519"),
    "ecdsa-256": ("-t", "ecdsa", "-b", "256"),
    "ecdsa-384": ("-t", "ecdsa", "-b", "384"),
    "ecdsa-521": ("-t", "ecdsa", "-b", "521"),
    "rsa": ("-t", "rsa", "-b", "2048"),
}


def of_kind(team: Team, kind: str) -> tuple[Run, Pair, list[Pair]]:
    """A run that a key of that kind may sign in, its statement and signature, and others'."""
    if not (team.folder / kind).exists():
        team.make(kind, *KINDS[kind])
    signers = team.line(kind, principal="ana@example.org").encode() + team.signers("ben", "cy", "dee")
    run = Run(team, signers=signers)
    data = run.request("ana", "Engineering Lead")
    others = []
    for person, role in (("ben", "QA Lead"), ("cy", "Security Lead")):
        theirs = run.request(person, role)
        others.append((theirs, team.sign(person, theirs)))
    again = run.request("ana", "Engineering Lead", "not this one")
    others.append((again, team.sign(kind, again)))
    return run, (data, team.sign(kind, data)), others


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_of_each_kind_signs_and_its_signature_is_for_its_text_alone(team, kind) -> None:
    run, (data, signature), others = of_kind(team, kind)
    for text, _ in others:
        with pytest.raises(NotSigned):
            run.take(text, signature)
    run.take(data, signature)
    assert run.verify().exit_code == 0


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-256"])
def test_no_random_edit_is_taken(team, kind) -> None:
    run, good, others = of_kind(team, kind)
    case, chance = run.case(), random.Random(9)
    for _ in range(EDITS // 2):
        data, signature = edited(good, others, chance)
        with pytest.raises(NotSigned):
            taken(case, data, signature, how="detached", at=run.now, judged_by=judge)


def test_the_same_bytes_said_otherwise_are_no_signature_either(team) -> None:
    """What ssh-keygen skips, and letters whose last bits mean nothing."""
    run, (data, signature), _ = of_kind(team, "ed25519")
    blob = blob_of(signature)
    at = blob.index(b"sha512") - 8
    assert blob[at : at + 4] == bytes(4)
    reserved = armoured(blob[:at] + (4).to_bytes(4, "big") + b"note" + blob[at + 4 :])
    with pytest.raises(NoSignature, match="where nothing may"):
        read_signature(reserved)
    with pytest.raises(NotSigned):
        run.take(data, reserved)
    padded = armoured(blob + b"x")
    unlike = re.sub(rb"(.)(=+\n-)", lambda found: LETTERS[LETTERS.index(found[1]) + 1 :][:1] + found[2], padded)
    assert unlike != padded
    assert blob_of(unlike) == blob_of(padded)
    with pytest.raises(NoSignature, match="in another way"):
        read_signature(unlike)
