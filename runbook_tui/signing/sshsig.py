"""An SSH signature file, taken apart: PROTOCOL.sshsig of OpenSSH. Judging it is `ssh-keygen`'s business."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

import msgspec

from runbook_tui.run.ports import OperatorError

LARGEST = 64 * 1024  # bytes; a certificate's signature has some thousand
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_ARMOUR = re.compile(rf"\A\s*{_BEGIN}\n([A-Za-z0-9+/=\n]+){_END}\s*\Z")
_MAGIC = b"SSHSIG"
_TOUCHED, _PIN = 0x01, 0x04  # sk_flags, PROTOCOL.u2f
_CERTIFICATE = "-cert-v01@openssh.com"


class NoSignature(OperatorError):
    """The file is not one SSH signature."""


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """What an SSHSIG says of itself."""

    key_type: str
    key: bytes  # the public key's blob, of a certificate the whole
    namespace: str
    hash_name: str
    algorithm: str  # of the signature
    flags: int | None  # of a hardware key

    @property
    def fingerprint(self) -> str:
        """As ssh-keygen -l prints it; of a certificate that of the certified key is not told here."""
        return fingerprint_of(self.key)

    @property
    def certificate(self) -> bool:
        return self.key_type.endswith(_CERTIFICATE)

    @property
    def touched(self) -> bool:
        """Whether the key says that somebody touched it. OpenSSH itself does not ask for that."""
        return self.flags is not None and bool(self.flags & _TOUCHED)

    @property
    def pin(self) -> bool:
        return self.flags is not None and bool(self.flags & _PIN)


def fingerprint_of(blob: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def read_signature(data: bytes) -> Signature:
    """Exactly one signature and nothing beside it. Raises NoSignature."""
    if not data.strip():
        raise NoSignature("the signature is empty")
    if len(data) > LARGEST:
        raise NoSignature(f"{len(data)} bytes are too many for one signature")
    try:
        found = _ARMOUR.match(data.decode("ascii").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        found = None
    if found is None:
        raise NoSignature("it is not one SSH signature (“-----BEGIN SSH SIGNATURE-----” … and nothing else)")
    try:
        return _parsed(_decoded(found[1].replace("\n", "")))
    except (binascii.Error, UnicodeDecodeError, _Short) as error:
        raise NoSignature(f"the signature cannot be read: {error}") from None


class _Short(ValueError):
    pass


def _decoded(text: str) -> bytes:
    blob = base64.b64decode(text, validate=True)
    if base64.b64encode(blob).decode() != text:
        raise _Short("its letters say the same bytes in another way than every program writes them")
    return blob


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if len(piece) != count:
            raise _Short("it is cut off")
        self._at += count
        return piece

    def string(self) -> bytes:
        return self.take(int.from_bytes(self.take(4), "big"))

    @property
    def rest(self) -> bytes:
        return self._data[self._at :]


def _parsed(data: bytes) -> Signature:
    outer = _Cursor(data)
    if outer.take(6) != _MAGIC:
        raise _Short("it does not begin as an SSH signature")
    if int.from_bytes(outer.take(4), "big") != 1:
        raise _Short("its version is not 1")
    key, namespace, reserved, hash_name, signature = (outer.string() for _ in range(5))
    if reserved:  # covered by no signature, and skipped by ssh-keygen
        raise _Short("something stands where nothing may")
    if outer.rest:
        raise _Short("something follows the signature")
    inner = _Cursor(signature)
    algorithm = inner.string().decode("ascii")
    inner.string()
    flags = inner.take(1)[0] if algorithm.startswith("sk-") else None
    return Signature(
        key_type=_Cursor(key).string().decode("ascii"),
        key=key,
        namespace=namespace.decode(),
        hash_name=hash_name.decode("ascii"),
        algorithm=algorithm,
        flags=flags,
    )
