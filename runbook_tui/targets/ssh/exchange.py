"""One command on one channel: bytes in, bytes out, read in chunks and held back when nobody takes them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import asyncssh
from asyncssh.constants import EXTENDED_DATA_STDERR

HELD = 2 * 1024 * 1024  # bytes waiting to be taken before the channel stops reading
LONGEST_WORD = 1024 * 1024  # bytes of stderr kept until they are taken, the last ones


class Exchange(asyncssh.SSHClientSession[bytes]):
    """What comes over the channel, until it is taken. Lives on the ssh loop."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # of stdout, as they came
        self._held = 0  # bytes in them
        self.stderr = bytearray()
        self.ended = False  # nothing more will come
        self.lost: str | None = None  # the link ended before the channel did
        self.free = False  # its other end has done what was asked, and takes another request
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None
        self._paused = False
        self._resuming = False
        self._news = asyncio.Event()

    # --- asyncssh calls these ---

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self._channel = chan

    def data_received(self, data: bytes, datatype: Any) -> None:
        if datatype == EXTENDED_DATA_STDERR:
            self.stderr += data
            del self.stderr[:-LONGEST_WORD]
        else:
            self._pieces.append(data)
            self._held += len(data)
            if not self._resuming:
                self._hold_back()
        self._news.set()

    def eof_received(self) -> bool:
        self._news.set()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self.lost = str(exc) or type(exc).__name__
        self.ended = True
        self._news.set()

    # --- we call these ---

    async def news(self) -> None:
        """Return when there is more than at the last call, or the end."""
        if not self.ended:
            await self._news.wait()
        self._news.clear()

    def take(self, most: int = 0) -> bytes:
        """What has come on stdout and was not taken yet; of much only the first `most` bytes, to the end of a line."""
        pieces, self._pieces = self._pieces, []
        if most and self._held > most:
            size = count = 0
            while size < most:
                size += len(pieces[count])
                count += 1
            self._pieces = pieces[count:]
            del pieces[count:]
            # Who looks for secrets works on whole lines: what else ends in the middle of one is copied there, twice.
            last = pieces[-1]
            if (cut := last.rfind(b"\n") + 1) not in (0, len(last)):
                pieces[-1] = last[:cut]
                self._pieces.insert(0, last[cut:])
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._held -= len(data)
        if self._paused and not self._pieces and self._channel is not None:
            self._paused = False
            # asyncssh grants a whole new window with the first piece it hands over, whatever it still holds back:
            # only when it hands over all of it does what waits stay below two windows.
            self._resuming = True
            self._channel.resume_reading()
            self._resuming = False
            self._hold_back()
        return data

    def _hold_back(self) -> None:
        if self._held >= HELD and not self._paused and not self.ended and self._channel is not None:
            self._paused = True
            self._channel.pause_reading()

    def take_stderr(self) -> bytes:
        """The same of stderr, which holds words and no output."""
        data = bytes(self.stderr)
        self.stderr.clear()
        return data

    def send(self, data: bytes, *, end: bool) -> None:
        """Write to the command's stdin; when the channel has gone, its end tells so."""
        if (channel := self._channel) is not None:
            with suppress(OSError, asyncssh.Error):
                channel.write(data)
                if end:
                    channel.write_eof()

    def resize(self, columns: int, rows: int) -> None:
        """Tell the far pty the size of the window."""
        if self._channel is not None and not self.ended:
            self._channel.change_terminal_size(columns, rows)

    def drop(self) -> None:
        """Close the channel; what runs at its other end is not waited for."""
        if self._channel is not None:
            self._channel.abort()
