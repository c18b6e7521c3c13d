"""Asking over HTTP, for every source that does: one session, a deadline for the whole answer, bounded bodies."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import ssl
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from runbook_tui import __version__
from runbook_tui.run.ports import SignalError

if TYPE_CHECKING:
    from runbook_tui.signals.wire import Lines

Params = Mapping[str, str] | Sequence[tuple[str, str]]
LARGEST = 16 * 1024 * 1024  # bytes of a body; what is larger is refused, not cut
MOST_ERRNO = 200  # beyond are numbers of the resolver, not of the system
CONNECTIONS = 16  # at a time to one host


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    body: bytes
    at: datetime  # when it was complete, by the clock of this machine
    seconds: float  # from asking to the end of the body


class Unreachable(SignalError):
    """Nobody answered: the connection was refused, broken, or came to nothing in time."""


class Web:
    """HTTP for signals. Used from one event loop; `close` ends its connections.

    Proxies of the environment and .netrc are not looked at: what decides a gate is asked directly.
    """

    def __init__(self, *, verify: bool = True, ca: str | None = None) -> None:
        """`ca` is a file of certificates that are trusted instead of the system's."""
        self._verify = verify
        self._ca = ca
        self._lines: dict[tuple[str, str, int], Lines] = {}

    async def get(self, url: str, *, params: Params | None = None, deadline: float, token: str | None = None) -> Answer:
        """One GET, redirects not followed. Raises Unreachable, or SignalError for an answer that is too large.

        `deadline` is in seconds and holds for everything: name, connection, headers and body.
        """
        from runbook_tui.signals.wire import TooLarge

        began = time.monotonic()
        try:
            asked = question(url, tuple(params.items() if isinstance(params, Mapping) else params or ()), token)
            lines = self._lines.get(asked.place) or self._to(asked.place)
            async with asyncio.timeout(deadline):
                reply = await lines.ask(asked.request)
        except TimeoutError:
            raise Unreachable(f"{url} did not answer within {deadline:g} s") from None
        except TooLarge:
            raise SignalError(f"{url} answered with more than {LARGEST >> 20} MB") from None
        except (OSError, ValueError) as error:
            raise Unreachable(f"{url} cannot be asked: {_why(error)}") from None
        return Answer(status=reply.status, body=reply.body, at=datetime.now(UTC), seconds=time.monotonic() - began)

    async def certificate_end(self, url: str, *, deadline: float) -> datetime:
        """When the certificate of that https server expires. Raises Unreachable, and SignalError when it has none."""
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.hostname is None:
            raise SignalError(f"{url} has no certificate to look at")
        context = await asyncio.to_thread(_context, verify=self._verify, ca=self._ca)
        try:
            async with asyncio.timeout(deadline):
                _, writer = await asyncio.open_connection(parts.hostname, parts.port or 443, ssl=context)
        except TimeoutError:
            raise Unreachable(f"{url} did not answer within {deadline:g} s") from None
        except (OSError, ValueError) as error:
            raise Unreachable(f"{url} cannot be asked: {_why(error)}") from None
        try:
            certificate = writer.get_extra_info("peercert") or {}
        finally:
            writer.transport.abort()
        if "notAfter" not in certificate:
            raise SignalError(f"the certificate of {url} was not looked at: nothing here checks it")
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)

    async def close(self) -> None:
        for lines in self._lines.values():
            lines.close()
        self._lines.clear()

    def _to(self, place: tuple[str, str, int]) -> Lines:
        from runbook_tui.signals.wire import Lines

        scheme, host, port = place
        context = partial(_context, verify=self._verify, ca=self._ca) if scheme == "https" else None
        lines = self._lines[place] = Lines(host, port, context, most=CONNECTIONS, largest=LARGEST)
        return lines


class Question(msgspec.Struct, frozen=True):
    """A request as it goes over the wire, and whom it goes to: scheme, host, port."""

    place: tuple[str, str, int]
    request: bytes


@lru_cache(maxsize=1024)
def question(url: str, params: tuple[tuple[str, str], ...], token: str | None) -> Question:
    """The request, worked out once: the same is asked again and again. Raises ValueError for no such address."""
    from yarl import URL

    address = URL(url)
    host, port = address.raw_host, address.port
    if address.scheme not in ("http", "https") or not host or port is None:
        raise ValueError("that is no address of the web")
    if params:
        address = address.extend_query(params)
    lines = [
        f"GET {address.raw_path_qs} HTTP/1.1",
        f"Host: {address.host_port_subcomponent}",
        f"User-Agent: rbt/{__version__}",
        "Accept: */*",
        "Accept-Encoding: identity",  # answers are small: packing them costs more
    ]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    elif address.user is not None:
        known = base64.b64encode(f"{address.user}:{address.password or ''}".encode()).decode()
        lines.append(f"Authorization: Basic {known}")
    if any(set("\r\n\0") & set(line) for line in lines):
        raise ValueError("there are line breaks in it")
    return Question((address.scheme, host, port), "\r\n".join([*lines, "", ""]).encode())


def _context(*, verify: bool, ca: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return str(getattr(error, "verify_message", "") or error.reason or error).lower()
    number: object = getattr(error, "errno", None)
    if number is None and (told := re.search(r"\[Errno (\d+)\]", str(error))):  # of several addresses: the first
        number = int(told[1])
    if isinstance(number, int) and 0 < number < MOST_ERRNO:
        return os.strerror(number)
    reason = str(error) or type(error).__name__
    return " ".join(str(reason).split())
