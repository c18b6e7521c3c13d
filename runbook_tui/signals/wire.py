"""HTTP/1.1 as watching needs it: one GET after another over connections that stay open.

Hundreds of small questions every few seconds are asked over it, so it does no more than it must: the request comes as
bytes, httptools (llhttp, the parser of Node.js) reads the answer, nothing is decoded that nobody looks at.
https://www.rfc-editor.org/rfc/rfc9112.html
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import zlib
from collections.abc import Callable
from typing import cast

import httptools
import msgspec

from runbook_tui.run.ports import OperatorError

HEAD = 256 * 1024  # bytes before the body, beyond which an answer is refused
_GZIP = 32 + zlib.MAX_WBITS  # gzip or zlib, as its first bytes say
_BODILESS = (204, 304)


class TooLarge(OperatorError):
    """The body is larger than allowed; the rest of it was not read."""


class Closed(ConnectionError):
    """The other side closed a connection before it answered; `idle`: an old one, and asking again is safe."""

    def __init__(self, *, idle: bool) -> None:
        super().__init__("the connection was closed before the answer was complete")
        self.idle = idle


class Reply(msgspec.Struct, frozen=True):
    status: int
    body: bytes


class Line(asyncio.Protocol):
    """One connection, one question at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, largest: int) -> None:
        self._loop = loop
        self._largest = largest
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Reply] | None = None
        self._asked = 0
        self._forget()

    @property
    def free(self) -> bool:
        """Whether it is open and may be asked."""
        return self._transport is not None and self._answer is None

    async def ask(self, request: bytes) -> Reply:
        """Send the request and wait for the answer; whoever stops waiting has broken the line.

        Raises Closed, TooLarge, or ConnectionError for what is not HTTP.
        """
        if self._transport is None:
            raise Closed(idle=self._asked > 0)
        self._answer = self._loop.create_future()
        self._asked += 1
        self._forget()
        self._transport.write(request)
        try:
            return await self._answer
        except BaseException:
            self.drop()
            raise
        finally:
            self._answer = None

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    # --- asyncio ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:  # nobody asked: whatever this is, it must not be the answer to the next question
            self.drop()
            return
        self._heard += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(ConnectionError(f"it does not speak HTTP/1.1: {' '.join(str(error).split())}"))
            return
        if self._status == 0 and self._heard > HEAD:
            self._fail(ConnectionError("its answer does not begin"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._status and not self._framed and exc is None:
            self._finish()  # a body without a length ends with the connection
        self._fail(exc or Closed(idle=self._asked > 1 and self._heard == 0))

    # --- httptools ---

    def on_header(self, name: bytes, value: bytes) -> None:
        known = name.lower()
        if known == b"content-length" or (known == b"transfer-encoding" and b"chunked" in value.lower()):
            self._framed = True
        elif known == b"content-encoding" and value.strip().lower() in (b"gzip", b"x-gzip", b"deflate"):
            self._packed = True

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # an interim answer: the one that counts follows
            self._framed = self._packed = False
            return
        self._status = status
        self._framed = self._framed or status in _BODILESS

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > self._largest:
            self._fail(TooLarge("more than allowed"))
            return
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        if self._status:
            self._finish()

    # --- inside ---

    def _forget(self) -> None:
        self._status = self._heard = self._size = 0
        self._framed = self._packed = False
        self._pieces: list[bytes] = []

    def _finish(self) -> None:
        if self._answer is None or self._answer.done():
            return
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        if self._packed:
            unpacking = zlib.decompressobj(_GZIP)
            try:
                body = unpacking.decompress(body, self._largest)
            except zlib.error:
                self._fail(ConnectionError("its answer cannot be unpacked"))
                return
            if unpacking.unconsumed_tail:
                self._fail(TooLarge("more than allowed"))
                return
        if not self._framed or not self._parser.should_keep_alive():
            self.drop()
        self._answer.set_result(Reply(self._status, body))

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self.drop()


class Lines:
    """The connections to one server, `most` of them at a time; the others wait for their turn."""

    def __init__(
        self, host: str, port: int, context: Callable[[], ssl.SSLContext] | None, *, most: int, largest: int
    ) -> None:
        """`context` gives the TLS to speak, and is called off the loop; None for plain HTTP."""
        self._host, self._port = host, port
        self._context = context
        self._tls: ssl.SSLContext | None = None
        self._turn = asyncio.Semaphore(most)
        self._largest = largest
        self._idle: list[Line] = []

    async def ask(self, request: bytes) -> Reply:
        """Ask over a connection that lies ready, else over a new one. Raises OSError, TooLarge."""
        async with self._turn:
            line = self._ready()
            if line is not None:
                with contextlib.suppress(Closed):
                    return await self._over(line, request, again=True)
            return await self._over(await self._open(), request, again=False)

    def close(self) -> None:
        for line in self._idle:
            line.drop()
        self._idle.clear()

    def _ready(self) -> Line | None:
        while self._idle:
            line = self._idle.pop()
            if line.free:
                return line
        return None

    async def _over(self, line: Line, request: bytes, *, again: bool) -> Reply:
        try:
            reply = await line.ask(request)
        except Closed as error:
            if again and not error.idle:  # it had begun to answer: that is its answer
                raise ConnectionError(str(error)) from None
            raise
        if line.free:
            self._idle.append(line)
        return reply

    async def _open(self) -> Line:
        loop = asyncio.get_running_loop()
        if self._context is not None and self._tls is None:
            self._tls = await asyncio.to_thread(self._context)
        _, line = await loop.create_connection(
            lambda: Line(loop, self._largest), self._host, self._port, ssl=self._tls, happy_eyeballs_delay=0.25
        )
        return line
