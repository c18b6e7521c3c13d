"""What goes over a connection arrives whole and in order; what comes, in pieces that asyncssh can work on cheaply."""

from __future__ import annotations

import asyncio
import os

from runbook_tui.targets.ssh.loop import PIECE, SshLoop, _InPairs


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


async def test_what_is_written_arrives_whole_and_in_order_before_the_end() -> None:
    got: list[bytes] = []
    arrived = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.read())
        writer.close()
        if len(got) == 4:
            arrived.set()

    async def write(count: int, port: int) -> None:
        transport, _ = await asyncio.get_running_loop().create_connection(Collecting, "127.0.0.1", port)
        for turn in range(3):
            for number in range(count):
                transport.write(b"%d.%d " % (turn, number))
            assert transport.get_write_buffer_size() <= 4
            if turn < 2:
                await asyncio.sleep(0)
        transport.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    loop = SshLoop()
    try:
        for count in range(1, 5):
            await loop.run(write(count, server.sockets[0].getsockname()[1]))
        await asyncio.wait_for(arrived.wait(), 20)
    finally:
        loop.stop()
        server.close()
    wanted = {b"".join(b"%d.%d " % (turn, n) for turn in range(3) for n in range(count)) for count in range(1, 5)}
    assert set(got) == wanted


async def test_what_is_written_goes_with_what_is_written_next() -> None:
    sent: list[bytes] = []

    class Inner(asyncio.Transport):
        def write(self, data: bytes) -> None:
            sent.append(data)

    transport = _InPairs(Inner())
    for data in (b"a", b"b", b"c", b"d", b"e"):
        transport.write(data)
    assert sent == [b"ab", b"cd"]
    await asyncio.sleep(0)
    assert sent == [b"ab", b"cd", b"e"]
