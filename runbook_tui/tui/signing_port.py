"""What the signing screen needs of the outside, as a small protocol. Imports no Textual."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is about to sign, as it stands now."""

    step: str
    role: str
    signer: str  # principal
    name: str  # as it will be printed
    key: str  # its fingerprint, and where it lies
    lines: tuple[str, ...]  # to be read before signing
    material: str  # what would be signed, so that a change meanwhile is seen
    asks: bool = False  # ssh-keygen may ask for a passphrase or a touch on the terminal


class Signer(Protocol):
    """Signs in one run, with a key of this terminal's owner. Every method raises OperatorError with the reason."""

    async def sheet(self, step: str) -> Sheet: ...

    async def sign(self, sheet: Sheet, meaning: str, *, reject: bool = False) -> str:
        """Sign what was shown and record it; what was done, in one sentence.

        When the run has changed since it was shown, nothing is signed.
        """
        ...
