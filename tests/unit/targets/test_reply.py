"""What a host says on a channel, as far as it can be understood."""

from __future__ import annotations

from asyncssh.constants import EXTENDED_DATA_STDERR

from runbook_tui.targets.ssh.exchange import Exchange
from runbook_tui.targets.ssh.remote import Reply


def test_a_question_that_is_not_ours_is_told_and_our_own_prompt_is_none() -> None:
    exchange = Exchange()
    reply = Reply(exchange, "abcd", "h001")
    exchange.data_received(b"Welcome\nrbt-abcd:", EXTENDED_DATA_STDERR)
    assert (reply.times_asked(), reply.question) == (1, "rbt-abcd:")
    exchange.data_received(b"\nVerification code: ", EXTENDED_DATA_STDERR)
    assert (reply.times_asked(), reply.question) == (1, "Verification code:")


def begun() -> tuple[Exchange, Reply]:
    exchange = Exchange()
    return exchange, Reply(exchange, "abcd", "h001", begun=True)


async def test_the_channel_is_free_after_output_when_its_last_byte_has_come() -> None:
    exchange, reply = begun()
    exchange.data_received(b"abcd started\nabcd exit 0\nabcd next\n", EXTENDED_DATA_STDERR)
    exchange.data_received(b"out\x1eab", None)
    assert await reply.chunk() == b"out"
    assert not reply.over()
    exchange.data_received(b"cd\n", None)
    assert await reply.chunk() == b""
    assert exchange.free


async def test_the_channel_is_free_at_once_after_a_command_without_output() -> None:
    exchange, reply = begun()
    exchange.data_received(b"abcd started\nabcd exit 0\nabcd silent\n", EXTENDED_DATA_STDERR)
    assert not reply.over()
    exchange.data_received(b"abcd next\n", EXTENDED_DATA_STDERR)
    assert await reply.chunk() == b""
    assert exchange.free
