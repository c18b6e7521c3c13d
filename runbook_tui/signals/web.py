"""Asking over HTTP, for every source that does: one session, a deadline for the whole answer, bounded bodies."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from runbook_tui import __version__
from runbook_tui.run.ports import SignalError

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

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
        self._session: aiohttp.ClientSession | None = None
        self._opening = asyncio.Lock()

    async def get(self, url: str, *, params: Params | None = None, deadline: float, token: str | None = None) -> Answer:
        """One GET, redirects not followed. Raises Unreachable, or SignalError for an answer that is too large.

        `deadline` is in seconds and holds for everything: name, connection, headers and body.
        """
        import aiohttp

        session = await self._ready()
        headers = {"Authorization": f"Bearer {token}"} if token else None
        began = time.monotonic()
        try:
            async with asyncio.timeout(deadline):
                asked = _address(url, tuple(params.items() if isinstance(params, Mapping) else params or ()))
                async with session.get(asked, headers=headers, allow_redirects=False) as response:
                    body = await response.content.read(LARGEST + 1)
                    while len(body) <= LARGEST and not response.content.at_eof():
                        body += await response.content.read(LARGEST + 1 - len(body))
                    status = response.status
        except TimeoutError:
            raise Unreachable(f"{url} did not answer within {deadline:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(f"{url} cannot be asked: {_why(error)}") from None
        if len(body) > LARGEST:
            raise SignalError(f"{url} answered with more than {LARGEST >> 20} MB")
        return Answer(status=status, body=body, at=datetime.now(UTC), seconds=time.monotonic() - began)

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
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ready(self) -> aiohttp.ClientSession:
        if self._session is not None:
            return self._session
        async with self._opening:
            if self._session is None:
                # imports and certificate stores take tenths of a second: not on the loop
                context = await asyncio.to_thread(_context, verify=self._verify, ca=self._ca)
                import aiohttp

                connector = aiohttp.TCPConnector(limit=0, limit_per_host=CONNECTIONS, ssl=context)
                self._session = aiohttp.ClientSession(
                    connector=connector,
                    headers={"User-Agent": f"rbt/{__version__}"},
                    cookie_jar=aiohttp.DummyCookieJar(),
                    timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # the deadline of `get` is the one
                    skip_auto_headers=("Accept-Encoding",),  # answers are small: packing them costs more
                )
        return self._session


@lru_cache(maxsize=1024)
def _address(url: str, params: tuple[tuple[str, str], ...]) -> URL:
    """The address with its question, worked out once: the same is asked again and again."""
    from yarl import URL

    address = URL(url)
    return address.extend_query(params) if params else address


def _context(*, verify: bool, ca: str | None) -> ssl.SSLContext:
    import aiohttp  # noqa: F401  # the slow part of the first question

    context = ssl.create_default_context(cafile=ca)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _why(error: Exception) -> str:
    number = getattr(getattr(error, "os_error", error), "errno", None)
    if isinstance(number, int) and 0 < number < MOST_ERRNO:
        return os.strerror(number)
    reason = str(error) or type(error).__name__
    return " ".join(str(reason).split())
