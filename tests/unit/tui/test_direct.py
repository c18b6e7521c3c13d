"""Pictures reach the terminal in their order, whole, and nobody waits for a terminal that takes none."""

import io
import os
import pty
import select
import tty

import pytest
from textual.drivers._writer_thread import WriterThread

from runbook_tui.tui.direct import Outlet


class Bed:
    """A terminal that nobody reads until somebody does, and an outlet to it."""

    def __init__(self):
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self._terminal = io.TextIOWrapper(io.BufferedWriter(io.FileIO(slave, "w")), "utf-8", line_buffering=True)
        self.handed = []
        self.outlet = Outlet(self._terminal, self._later)
        self._thread = WriterThread(self.outlet.behind)
        self._thread.start()

    def _later(self, data):
        self.handed.append(data)
        self._thread.write(data)

    def read(self, size, seconds=20):
        """So many bytes, or what came until none did any more."""
        found = b""
        while len(found) < size and select.select([self.master], [], [], seconds)[0]:
            found += os.read(self.master, 1 << 16)
        return found

    def end(self):
        self._thread.stop()
        self.outlet.close()
        self._terminal.close()
        os.close(self.master)


@pytest.fixture
def bed():
    one = Bed()
    yield one
    one.end()


def test_what_there_is_room_for_is_out_when_the_call_returns(bed):
    bed.outlet.write("a picture")
    assert bed.read(9, 0) == b"a picture"
    assert not bed.handed


def test_a_terminal_that_takes_nothing_holds_nobody_and_loses_nothing(bed):
    pictures = [f"{n:05d}é" * 3_000 for n in range(20)]
    for picture in pictures:
        bed.outlet.write(picture)
    assert bed.handed, "all of it had room: this tests nothing"
    wanted = "".join(pictures).encode()
    assert bed.read(len(wanted)) == wanted
    bed.outlet.write("and goes on")
    assert bed.read(11) == b"and goes on"


def test_without_a_door_of_its_own_the_thread_writes_all(bed):
    bed.outlet.close()
    bed.outlet.write("a picture")
    assert bed.read(9) == b"a picture"
    assert bed.handed == [b"a picture"]
