"""What comes over a connection reaches asyncssh whole and in order, in pieces that it can work on cheaply."""

from __future__ import annotations

import asyncio
import os

from runbook_tui.targets.ssh.loop import PIECE, SshLoop


class Collecting(asyncio.Protocol):
    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.ended = asyncio.Event()
        self.transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.pieces.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()


async def test_all_of_it_comes_in_pieces_and_then_the_end() -> None:
    sent = {name: os.urandom(700_000) for name in "ab"}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent[(await reader.readexactly(1)).decode()])
        await writer.drain()
        writer.close()

    async def collect(name: str, port: int) -> Collecting:
        transport, protocol = await asyncio.get_running_loop().create_connection(Collecting, "127.0.0.1", port)
        assert protocol.transport is transport
        transport.write(name.encode())
        await asyncio.wait_for(protocol.ended.wait(), 20)
        return protocol

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    loop = SshLoop()
    try:
        # Both at once: they share the room that the bytes come into.
        for name, got in zip("ab", await asyncio.gather(*(loop.run(collect(one, port)) for one in "ab")), strict=True):
            assert b"".join(got.pieces) == sent[name]
            assert max(map(len, got.pieces)) <= PIECE
    finally:
        loop.stop()
        server.close()
