"""A file without a name: what was put comes back, the oldest is forgotten, the disk is given back."""

import os
import time

from runbook_tui.journal.spool import Spool


def test_everything_comes_back(tmp_path):
    spool = Spool(tmp_path, segment=100_000, spare=0)
    pieces = [os.urandom(30_000) for _ in range(100)]
    numbers = [spool.put(piece) for piece in pieces]
    assert [spool.get(number) for number in numbers] == pieces
    time.sleep(0.2)
    assert [spool.get(number) for number in numbers] == pieces
    assert not list(tmp_path.iterdir())  # it has no name
    spool.close()
    assert spool.get(numbers[0]) == b""


def test_the_oldest_are_forgotten(tmp_path):
    spool = Spool(tmp_path, segment=100_000, limit=300_000, spare=0)
    numbers = [spool.put(bytes([n]) * 50_000) for n in range(20)]
    assert spool.oldest > 0
    assert spool.get(numbers[0]) == b""
    assert spool.get(numbers[-1]) == bytes([19]) * 50_000
    assert all(spool.get(number) for number in numbers if number >= spool.oldest)
    spool.close()


def test_a_full_disk_loses_what_is_seen_and_nothing_else(tmp_path):
    spool = Spool(tmp_path, spare=1 << 60)
    assert spool.get(spool.put(b"x" * 1000)) == b""
    spool.close()
