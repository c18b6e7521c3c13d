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
