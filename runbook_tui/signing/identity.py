"""Which person a terminal speaks for: proved by a key of its agent, or of a file, that allowed_signers lists.

On a shared account everybody has the same user name, so a name proves nothing. A challenge is signed, in a namespace of
its own, and judged as every other signature is. None of this is quick: an agent may ask its owner, so it belongs in a
thread.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from runbook_tui.run.authority import Speaker
from runbook_tui.run.ports import OperatorError
from runbook_tui.signing.keygen import Judge, SigningFailed, judge, sign, sign_with_public
from runbook_tui.signing.names import IDENTITY
from runbook_tui.signing.proof import Claim, prove
from runbook_tui.signing.roster import Roster
from runbook_tui.signing.sshsig import fingerprint_of

AS = "RBT_AS"  # whom this terminal speaks for, when its agent has keys of several
KEY = "RBT_KEY"  # a key file, where there is no agent
ASKING = 10.0  # seconds for the agent to list its keys


class NobodyProved(OperatorError):
    """No key here belongs to anybody who is listed."""

    exit_code = 3


class OwnKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that this terminal can sign with."""

    fingerprint: str
    public: str  # type and base64
    file: str = ""  # of the key; empty: the agent holds it
    principal: str = ""  # whose it is; empty: nobody's who is listed

    @property
    def source(self) -> str:
        return "file" if self.file else "agent"


class Proved(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody is, and what shows it."""

    speaker: Speaker
    challenge: bytes
    signature: bytes


def keys_here(roster: Roster, env: Mapping[str, str] | None = None, *, file: str = "") -> tuple[OwnKey, ...]:
    """The keys of the agent, or that of the named file, each with the person it is listed for.

    Raises NobodyProved when the file holds no key.
    """
    surroundings = os.environ if env is None else env
    named = file or surroundings.get(KEY, "")
    if named:
        return (_of_file(named, roster),)
    return tuple(_own(line, roster) for line in _agent_lines(surroundings))


def whose(keys: Sequence[OwnKey], env: Mapping[str, str] | None = None, *, principal: str = "") -> OwnKey:
    """The key to speak with: the first that is listed, or that of the wanted person. Raises NobodyProved."""
    wanted = principal or (os.environ if env is None else env).get(AS, "")
    listed = [key for key in keys if key.principal]
    if wanted:
        listed = [key for key in listed if key.principal == wanted]
    if listed:
        return listed[0]
    if not keys:
        raise NobodyProved(
            f"there is no agent with a key here (ssh-add, or ssh -A), and no key file is named (--key, {KEY}). "
            "Nothing was done."
        )
    have = ", ".join(key.fingerprint for key in keys)
    whom = f"of {wanted} " if wanted else ""
    raise NobodyProved(f"none of the keys here ({have}) is listed {whom}in allowed_signers. Nothing was done.")


def sign_with(
    key: OwnKey, text: bytes, *, namespace: str, env: Mapping[str, str] | None = None, silent: bool = False
) -> bytes:
    """An armoured signature. Raises SigningFailed."""
    if key.file:
        return sign(text, namespace=namespace, key=key.file, env=env, silent=silent)
    shown = f"the agent’s key {key.fingerprint}"
    return sign_with_public(text, namespace=namespace, public=key.public, env=env, silent=silent, shown=shown)


def prove_identity(
    run: str,
    key: OwnKey,
    roster: Roster,
    *,
    at: datetime,
    revoked: bytes = b"",
    env: Mapping[str, str] | None = None,
    judged_by: Judge = judge,
) -> Proved:
    """A challenge for this run, signed and judged; nothing is asked on the terminal.

    Raises NobodyProved or SigningFailed with the reason.
    """
    challenge = challenge_for(run, at=at)
    signature = sign_with(key, challenge, namespace=IDENTITY, env=env, silent=True)
    claim = Claim(text=challenge, signature=signature, principal=key.principal, namespace=IDENTITY, at=at)
    if reasons := prove(claim, roster, revoked, judged_by).reasons:
        raise NobodyProved(f"the key {key.fingerprint} does not prove {key.principal}: {reasons[0]}. Nothing was done.")
    speaker = Speaker(principal=key.principal, fingerprint=key.fingerprint, source=key.source)
    return Proved(speaker=speaker, challenge=challenge, signature=signature)


def challenge_for(run: str, *, at: datetime) -> bytes:
    """Text that nobody has signed before; it begins with the run, so that a proof is good for that run only."""
    return f"{run}\nwho drives\n{at.astimezone(UTC).isoformat()}\n{secrets.token_hex(16)}\n".encode()


def _agent_lines(env: Mapping[str, str]) -> list[str]:
    if not env.get("SSH_AUTH_SOCK"):
        return []
    try:
        done = subprocess.run(
            ["ssh-add", "-L"], capture_output=True, stdin=subprocess.DEVNULL, timeout=ASKING, env=dict(env), check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line for line in done.stdout.decode("utf-8", "replace").splitlines() if done.returncode == 0]


def _of_file(named: str, roster: Roster) -> OwnKey:
    """Of a private key its public half beside it, or as ssh-keygen tells it without a passphrase."""
    try:
        path = Path(named).expanduser()
        beside = path if path.suffix == ".pub" else path.with_name(path.name + ".pub")
    except (RuntimeError, ValueError):  # nobody's home, or no file at all
        raise NobodyProved(f"{named} names no key file. Nothing was done.") from None
    try:
        line = beside.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        line = _public_of(path)
    own = _own(line, roster)
    return msgspec.structs.replace(own, file=str(path))


def _public_of(path: Path) -> str:
    try:
        done = subprocess.run(
            ["ssh-keygen", "-y", "-P", "", "-f", str(path)],
            capture_output=True, stdin=subprocess.DEVNULL, timeout=ASKING, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise SigningFailed("ssh-keygen is not installed here. Nothing was done.") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SigningFailed(f"ssh-keygen cannot be used here: {error}. Nothing was done.") from None
    if done.returncode:
        raise NobodyProved(f"{path} is no key that can be read without its public half {path}.pub. Nothing was done.")
    return done.stdout.decode("utf-8", "replace").strip()


def _own(line: str, roster: Roster) -> OwnKey:
    import base64

    words = line.split()
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (IndexError, ValueError):
        raise NobodyProved("that is no public key. Nothing was done.") from None
    fingerprint = fingerprint_of(blob)
    return OwnKey(fingerprint=fingerprint, public=" ".join(words[:2]), principal=roster.whose(fingerprint) or "")
