"""What can be wrong with a file before a word of it was understood."""

from __future__ import annotations


class Unreadable(Exception):
    """The file is not a runbook that can be read; the message is one sentence for the operator."""
