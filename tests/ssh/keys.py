"""Keys, certificates and agents for the bed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


def new_key(place: Path, comment: str = "bed") -> str:
    """Write an ed25519 key pair to `place` and `place.pub`; the public line."""
    key = Ed25519PrivateKey.generate()
    place.unlink(missing_ok=True)
    fd = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() + f" {comment}"
    place.with_name(place.name + ".pub").write_text(line + "\n")
    return line


def certify(
    authority: Path,
    public: Path,
    *,
    principals: Sequence[str],
    host: bool = False,
    valid: str = "+1h",
    options: Sequence[str] = (),
) -> Path:
    """Sign `public` (a .pub file) with the key `authority`; the certificate's file. `valid` as ssh-keygen -V takes it."""
    words = ["ssh-keygen", "-q", "-s", str(authority), "-I", "bed", "-n", ",".join(principals), "-V", valid]
    words += ["-h"] if host else []
    for option in options:
        words += ["-O", option]
    subprocess.run([*words, str(public)], check=True, capture_output=True, timeout=20)
    return public.with_name(public.name.removesuffix(".pub") + "-cert.pub")


class Agent:
    """An ssh-agent of its own, holding the keys given; `socket` is its SSH_AUTH_SOCK. Use it with `with`."""

    def __init__(self, folder: Path, *keys: Path) -> None:
        self.socket = folder / f"agent-{os.urandom(3).hex()}"
        self._keys = keys
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        agent = shutil.which("ssh-agent")
        assert agent, "ssh-agent is not installed"
        self._process = subprocess.Popen(
            [agent, "-D", "-a", str(self.socket)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        from tests.ssh.machine import until

        until(self.socket.exists, what="the agent's start")
        for key in self._keys:
            subprocess.run(["ssh-add", "-q", str(key)], env=self.environ, check=True, capture_output=True, timeout=20)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)
        self.socket.unlink(missing_ok=True)

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, "SSH_AUTH_SOCK": str(self.socket)}
