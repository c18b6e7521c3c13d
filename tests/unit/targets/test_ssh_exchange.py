"""What comes over a channel is taken in order, none of it twice; of much only some, to the end of a line."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.targets.ssh.exchange import Exchange

PIECES = st.lists(st.binary(min_size=1, max_size=12).map(lambda data: data.replace(b"\0", b"\n")), max_size=20)


async def received(pieces):
    exchange = Exchange()
    for piece in pieces:
        exchange.data_received(piece, None)
    return exchange


def test_of_much_whole_lines_are_taken():
    async def taken():
        exchange = await received([b"one\ntwo\nth", b"ree\nfo", b"ur\nfive\n"])
        return [exchange.take(12), exchange.take(12), exchange.take(12)]

    assert asyncio.run(taken()) == [b"one\ntwo\nthree\n", b"four\nfive\n", b""]


def test_what_has_no_line_end_is_taken_as_it_came():
    async def taken():
        exchange = await received([b"....", b"....", b"password: "])
        return [exchange.take(6), exchange.take(6), exchange.take(6)]

    assert asyncio.run(taken()) == [b"........", b"password: ", b""]


@given(pieces=PIECES, most=st.integers(0, 30))
def test_nothing_is_lost_or_taken_twice(pieces, most):
    async def taken():
        exchange = await received(pieces)
        out = []
        while data := exchange.take(most):
            out.append(data)
        return out

    assert b"".join(asyncio.run(taken())) == b"".join(pieces)
