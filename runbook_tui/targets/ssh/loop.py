"""The event loop of its own on which all ssh work happens, so that a storm of handshakes never stalls the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

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
    """What comes over a connection comes in pieces, by way of one buffer for all of them."""

    def __init__(self) -> None:
        super().__init__()
        self._room = memoryview(bytearray(READ))

    async def create_connection(  # type: ignore[override]  # asyncio's own is overloaded
        self, protocol_factory: Callable[[], asyncio.Protocol], *args: Any, **options: Any
    ) -> tuple[asyncio.BaseTransport, asyncio.Protocol]:
        def made() -> _InPieces:
            return _InPieces(protocol_factory(), self._room)

        transport, protocol = await super().create_connection(made, *args, **options)
        return transport, protocol.inner


class _InPieces(asyncio.BufferedProtocol):
    """Hands on what it is told; what has come has been taken out of the room when `buffer_updated` returns."""

    def __init__(self, inner: asyncio.Protocol, room: memoryview) -> None:
        self.inner = inner
        self._room = room

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # any buffer will do
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        for start in range(0, nbytes, PIECE):
            self.inner.data_received(bytes(self._room[start : min(start + PIECE, nbytes)]))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.inner.connection_made(transport)

    def eof_received(self) -> bool | None:
        return self.inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        self.inner.resume_writing()
