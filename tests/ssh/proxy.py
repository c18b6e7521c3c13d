"""A TCP proxy on loopback that delays, thins, freezes and cuts, to order and to the byte."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from typing import Self, TypeVar

T = TypeVar("T")

READ = 64 * 1024
AHEAD = 64  # pieces read ahead at most, in each direction


class ProxyThread:
    """The loop that any number of proxies share, in a thread of its own: a busy test does not hold up its network."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxies", daemon=True)
        self._thread.start()
        self._proxies: list[FaultProxy] = []

    def call(self, work: Callable[[], Coroutine[None, None, T]]) -> T:
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(10)

    def add(self, proxy: FaultProxy) -> None:
        self._proxies.append(proxy)

    def close(self) -> None:
        for proxy in self._proxies:
            proxy.close()

        async def rest() -> None:
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self.call(rest)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


class FaultProxy:
    """Stands before one address. Everything may be set while connections are open, from any thread.

    delay       seconds each byte waits, in each direction
    rate        bytes a second, in each direction; None: as fast as it comes
    blackhole   new connections are accepted and never answered
    """

    def __init__(self, thread: ProxyThread | None, address: str, port: int) -> None:
        self._own = thread is None
        self._thread = thread or ProxyThread()
        self._thread.add(self)
        self._to = (address, port)
        self.delay = 0.0
        self.rate: float | None = None
        self.blackhole = False
        self.accepted = 0  # connections so far
        self.up = 0  # bytes passed on to the server
        self.down = 0  # bytes passed on to the client
        self._refuse = 0
        self._budget: int | None = None
        self._how = "rst"
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._links: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter | None]] = set()
        self._server = self._thread.call(lambda: asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.address, self.port = self._server.sockets[0].getsockname()[:2]

    @property
    def open(self) -> int:
        """Connections open now."""
        return len(self._links)

    # --- to order ---

    def freeze(self) -> None:
        """Nothing moves from now on; connections stay open, new ones are accepted and hang."""
        self._in_loop(self._flowing.clear)

    def thaw(self) -> None:
        self._in_loop(self._flowing.set)

    def cut(self, how: str = "rst") -> int:
        """End all connections now: "rst" as a firewall does, "eof" as an orderly end. How many there were."""
        return self._in_loop(lambda: self._cut(how))

    def cut_after(self, count: int, how: str = "rst") -> None:
        """End all connections when `count` more bytes have come from the server; once."""
        self._budget, self._how = count, how

    def refuse(self, count: int) -> None:
        """Turn away the next `count` connections as sshd's MaxStartups does: a word, then the end."""
        self._refuse = count

    def close(self) -> None:
        async def end() -> None:
            self._cut("rst")
            self._server.close()

        self._thread.call(end)
        if self._own:
            self._own = False
            self._thread.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- inside (the loop's thread) ---

    def _in_loop(self, work: Callable[[], T]) -> T:
        async def call() -> T:
            return work()

        return self._thread.call(call)

    def _cut(self, how: str) -> int:
        links = list(self._links)
        for client, server in links:
            for writer in (client, server):
                if writer is not None:
                    _end(writer, how)
        self._links.clear()
        return len(links)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self._refuse > 0:
            self._refuse -= 1
            writer.write(b"Exceeded MaxStartups\r\n")
            with contextlib.suppress(OSError):
                await writer.drain()
            writer.close()
            return
        link: tuple[asyncio.StreamWriter, asyncio.StreamWriter | None] = (writer, None)
        self._links.add(link)
        try:
            if self.blackhole:
                while await reader.read(READ):
                    pass
                return
            there, server = await asyncio.open_connection(*self._to)
            for stream in (writer, server):
                stream.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if link not in self._links:
                _end(server, "rst")
                return
            self._links.discard(link)
            link = (writer, server)
            self._links.add(link)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(reader, server, down=False))
                both.create_task(self._carry(there, writer, down=True))
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            if link in self._links:
                self._links.discard(link)
                for stream in link:
                    if stream is not None:
                        stream.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, down: bool) -> None:
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(AHEAD)
        loop = asyncio.get_running_loop()

        async def take() -> None:
            while True:
                data = await reader.read(READ)
                await pieces.put((loop.time(), data))
                if not data:
                    return

        async def taken() -> tuple[float, bytes]:
            """The next piece; what broke the reading is raised only after all that was read."""
            if not pieces.empty() or not taking.done():
                piece = asyncio.ensure_future(pieces.get())
                try:
                    await asyncio.wait({piece, taking}, return_when=asyncio.FIRST_COMPLETED)
                    if piece.done():
                        return piece.result()
                finally:
                    piece.cancel()
            if pieces.empty():
                taking.result()
            return await pieces.get()

        taking = asyncio.ensure_future(take())
        free = 0.0  # when the line is free again
        try:
            while True:
                at, data = await taken()
                due = at + self.delay
                if self.rate:
                    due = free = max(due, free) + len(data) / self.rate
                if (wait := due - loop.time()) > 0:
                    await asyncio.sleep(wait)
                await self._flowing.wait()
                if not data:
                    if writer.can_write_eof():
                        writer.write_eof()
                    return
                if down and self._budget is not None and len(data) > self._budget:
                    data, self._budget = data[: self._budget], None
                    writer.write(data)
                    self.down += len(data)
                    await asyncio.sleep(0)
                    self._cut(self._how)
                    return
                if down:
                    self.down += len(data)
                    self._budget = None if self._budget is None else self._budget - len(data)
                else:
                    self.up += len(data)
                writer.write(data)
                await writer.drain()
        finally:
            taking.cancel()


def _end(writer: asyncio.StreamWriter, how: str) -> None:
    if how == "rst":
        with contextlib.suppress(OSError):
            link = writer.get_extra_info("socket")
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    else:
        writer.close()
