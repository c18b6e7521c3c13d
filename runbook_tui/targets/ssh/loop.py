"""The event loop of its own on which all ssh work happens, so that a storm of handshakes never stalls the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from runbook_tui.targets.loop import OwnLoop

READ = 256 * 1024  # bytes taken from a connection at once
# Bytes of them that asyncssh gets at once. For each packet it copies all that it has and has not looked at yet.
PIECE = 50 * 1024


class SshLoop(OwnLoop):
    """What still runs on the hosts when it stops goes on there; links still open are dropped."""

    def __init__(self) -> None:
        super().__init__("ssh")
        self.starting = 0  # jobs that were sent and have not said yet that they have started

    def _new(self) -> asyncio.AbstractEventLoop:
        return _Loop()


class _Loop(asyncio.SelectorEventLoop):
    """What comes over a connection comes in pieces, by way of one buffer for all of them; what is sent, in pairs."""

    def __init__(self) -> None:
        super().__init__()
        self._room = memoryview(bytearray(READ))

    async def create_connection(  # type: ignore[override]  # asyncio's own is overloaded
        self, protocol_factory: Callable[[], asyncio.Protocol], *args: Any, **options: Any
    ) -> tuple[asyncio.BaseTransport, asyncio.Protocol]:
        def made() -> _InPieces:
            return _InPieces(protocol_factory(), self._room)

        _, protocol = await super().create_connection(made, *args, **options)
        return protocol.transport, protocol.inner


class _InPieces(asyncio.BufferedProtocol):
    """Hands on what it is told; what has come has been taken out of the room when `buffer_updated` returns."""

    transport: asyncio.Transport

    def __init__(self, inner: asyncio.Protocol, room: memoryview) -> None:
        self.inner = inner
        self._room = room

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # any buffer will do
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        for start in range(0, nbytes, PIECE):
            self.inner.data_received(bytes(self._room[start : min(start + PIECE, nbytes)]))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = _InPairs(cast("asyncio.Transport", transport))
        self.inner.connection_made(self.transport)

    def eof_received(self) -> bool | None:
        return self.inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        self.inner.resume_writing()


class _InPairs(asyncio.Transport):
    """Sends what is written with what is written next in the same turn of the loop: the host is woken once for both.

    asyncssh writes an empty packet before each of its own. No more than two go together: sshd lets go of a session that
    was closed when it has worked off what had come with that, and refuses another one until then where it allows few.
    """

    def __init__(self, inner: asyncio.Transport) -> None:
        super().__init__()
        self._inner = inner
        self._held = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._held:
            first, self._held = self._held, b""
            self._inner.write(b"".join((first, data)))
        else:
            self._held = bytes(data)
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        if self._held:
            data, self._held = self._held, b""
            self._inner.write(data)

    def write_eof(self) -> None:
        self._send()
        self._inner.write_eof()

    def close(self) -> None:
        self._send()
        self._inner.close()

    def abort(self) -> None:
        self._held = b""
        self._inner.abort()

    def get_write_buffer_size(self) -> int:
        return len(self._held) + self._inner.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._inner.get_extra_info(name, default)

    def is_closing(self) -> bool:
        return self._inner.is_closing()

    def can_write_eof(self) -> bool:
        return self._inner.can_write_eof()

    def is_reading(self) -> bool:
        return self._inner.is_reading()

    def pause_reading(self) -> None:
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        self._inner.resume_reading()
