r"""The chain of hashes over a run's events, as anybody can compute it again. Pure.

    hash = SHA256("rbt-event-v1\0" + previous hash + length of body, 8 bytes big endian + body)

The first event's previous hash is SHA256("rbt-run-v1\0" + run). The body is JSON with sorted keys, no blanks, UTF-8.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from runbook_tui.run.events import AnyEvent

_EVENT = b"rbt-event-v1\0"
_RUN = b"rbt-run-v1\0"


class NoBody(ValueError):
    """The text is no event that this program reads."""


class TooDeep(NoBody):
    """It is nested deeper than anything that was ever recorded: somebody made it by hand."""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What is hashed."""

    run: str
    seq: int
    at: datetime
    actor: str
    epoch: int
    event: AnyEvent


_decoder = msgspec.json.Decoder(Body)


def read_body(text: str | bytes) -> Body:
    """The one way in which stored text is read back. Raises NoBody, whatever is in it."""
    try:
        return _decoder.decode(text)
    except RecursionError:
        raise TooDeep("it is nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeError, TypeError) as error:
        raise NoBody(str(error)) from None


def genesis(run: str) -> str:
    """What stands before a run's first event."""
    return sha256(_RUN + run.encode()).hexdigest()


def link(prev: str, body: bytes) -> str:
    """The hash of an event whose predecessor's is `prev`."""
    return sha256(_EVENT + bytes.fromhex(prev) + len(body).to_bytes(8, "big") + body).hexdigest()


def timestamp(at: datetime) -> str:
    """RFC 3339, UTC, always six digits of a second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
