"""Runbook TUI: walk a Markdown runbook in the terminal, run its commands for real, lose nothing."""

__version__ = "0.1.0"
