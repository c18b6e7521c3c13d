"""`ssh-keygen -Y`: makes signatures and judges them. Nothing else does either here."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec

from runbook_tui.run.ports import OperatorError

PROGRAM = "ssh-keygen"
JUDGING = 20.0  # seconds
SIGNING = 300.0  # seconds: a person types a passphrase or looks for a hardware key
_REASONS = (
    ("key has expired", "its key had expired"),
    ("key is not yet valid", "its key was not valid yet"),
    ("namespace does not match", "it was made for another purpose (namespace)"),
    ("namespaces mismatch", "its key may not sign for this purpose (namespaces in allowed_signers)"),
    ("namespace mismatch", "its key may not sign for this purpose (namespaces in allowed_signers)"),
    ("revoked", "its key is revoked"),
    ("incorrect signature", "the text is not the one that was signed"),
    ("couldn't use signature's hash algorithm", "it uses an algorithm that is not secure any more"),
    (
        "couldn't verify signature: signature algorithm not supported",
        "it uses an algorithm that is not secure any more",
    ),
    ("unsupported rsa signature algorithm", "it uses an algorithm that is not secure any more"),
    ("no principal matched", "its key is not this person's"),
    ("invalid format", "it is not a whole signature"),
)


class SigningFailed(OperatorError):
    """No signature was made."""


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """A signature as somebody shows it."""

    text: bytes
    signature: bytes
    namespace: str
    principal: str
    signers: bytes  # the lines of allowed_signers it is held against
    revoked: bytes = b""
    at: datetime  # when it has to have been good


class Judge(Protocol):
    def __call__(self, presented: Presented) -> str | None:
        """None when it is good, else the reason why it is not, in words."""
        ...


def judge(presented: Presented) -> str | None:
    """As `ssh-keygen -Y verify` says. Dates in allowed_signers without a zone are read as UTC.

    Takes about 10 ms. Raises OperatorError when ssh-keygen cannot be used at all.
    """
    with _scratch("verify") as folder:
        signers, signature, revoked = (Path(folder, name) for name in ("signers", "signature", "revoked"))
        signers.write_bytes(presented.signers)
        signature.write_bytes(presented.signature)
        words = [
            *("-Y", "verify", "-f", str(signers), "-I", presented.principal),
            *("-n", presented.namespace, "-s", str(signature)),
            *("-O", f"verify-time={presented.at.astimezone(UTC):%Y%m%d%H%M%S}Z"),
        ]
        if presented.revoked.strip():
            revoked.write_bytes(presented.revoked)
            words += ["-r", str(revoked)]
        done = _run([*words, "-vvv"], input_=presented.text, timeout=JUDGING)
        if done.returncode == 0:
            return None
        return _reason(done.stderr.decode("utf-8", "replace"))


def sign(
    text: bytes,
    *,
    namespace: str,
    key: str,
    env: Mapping[str, str] | None = None,
    silent: bool = False,
    shown: str = "",
) -> bytes:
    """An armoured signature over these bytes, made with the key in that file.

    `key` may be a public key whose other half the agent holds. A passphrase or PIN is asked for by ssh-keygen itself,
    on the terminal or through SSH_ASKPASS; it never comes near this program. `silent`: nobody is asked anything on the
    terminal, which belongs to somebody else; the agent may still ask in its own way. `shown` is the key in words.
    Raises SigningFailed.
    """
    with _scratch("sign") as folder:
        statement = Path(folder, "statement")
        statement.write_bytes(text)
        done = _run(
            ["-Y", "sign", "-f", key, "-n", namespace, str(statement)], timeout=SIGNING, env=env, terminal=not silent
        )
        signature = Path(folder, "statement.sig")
        if done.returncode != 0 or not signature.is_file():
            raise SigningFailed(
                f"ssh-keygen did not sign with {shown or key}: {_last_line(done.stderr)}. Nothing was recorded."
            )
        return signature.read_bytes()


def sign_with_public(
    text: bytes, *, namespace: str, public: str, env: Mapping[str, str] | None = None, silent: bool = False,
    shown: str = "",
) -> bytes:  # fmt: skip
    """The same with a key of the agent, given as its public line."""
    with _scratch("key") as folder:
        path = Path(folder, "key.pub")
        path.write_text(public + "\n")
        return sign(text, namespace=namespace, key=str(path), env=env, silent=silent, shown=shown)


@contextmanager
def _scratch(purpose: str) -> Iterator[str]:
    """A folder for what ssh-keygen reads, gone afterwards. Raises SigningFailed where it cannot be written."""
    try:
        with tempfile.TemporaryDirectory(prefix=f"rbt-{purpose}-") as folder:
            yield folder
    except OSError as error:
        raise SigningFailed(
            f"a file for ssh-keygen could not be written in {tempfile.gettempdir()}: {error.strerror or error}. "
            "Nothing was recorded."
        ) from None


def _run(
    words: list[str],
    *,
    input_: bytes | None = None,
    timeout: float,
    env: Mapping[str, str] | None = None,
    terminal: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    surroundings = {**(os.environ if env is None else env), "LC_ALL": "C", "TZ": "UTC"}
    try:
        return subprocess.run(
            [PROGRAM, *words],
            input=input_,
            stdin=None if terminal and input_ is None else subprocess.DEVNULL if input_ is None else None,
            capture_output=True,
            timeout=timeout,
            env=surroundings,
            check=False,
            start_new_session=not terminal,  # without a terminal of its own nothing can be asked there
        )
    except FileNotFoundError:
        raise SigningFailed("ssh-keygen is not installed here: signatures can be neither made nor checked") from None
    except OSError as error:
        raise SigningFailed(f"ssh-keygen cannot be started here: {error.strerror}. Nothing was recorded.") from None
    except subprocess.TimeoutExpired:
        raise SigningFailed(f"ssh-keygen did not answer within {timeout:.0f} s") from None


def _reason(said: str) -> str:
    low = said.lower()
    for words, reason in _REASONS:
        if words in low:
            return reason
    return f"ssh-keygen refuses it: {_last_line(said.encode())}"


def _last_line(said: bytes) -> str:
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith("debug")] or lines or ["no reason given"]
    return "".join(c if c.isprintable() else "?" for c in told[-1]).rstrip(".")
