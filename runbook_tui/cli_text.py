"""What `rbt --help` and the manual say alike."""

from __future__ import annotations

WHAT = (
    "Opens a Markdown runbook as it was written, walks you through it, runs its commands for real, keeps every tick "
    "and every output, and keeps the way back ready. Without a verb it opens the app: with FILE that runbook, else "
    "the library."
)
EXITS = (
    (0, "done"),
    (1, "a step failed, or findings"),
    (2, "usage, or unreadable input"),
    (3, "needs a person"),
    (4, "rolled back"),
    (5, "integrity violated"),
    (130, "interrupted"),
)
ENVIRONMENT = (
    ("RBT_STATE", "the folder where runs are kept"),
    ("RBT_CONFIG", "config.toml, else ~/.config/runbook-tui/config.toml (rbt init)"),
    ("RBT_KEYS", "keys.toml, else beside config.toml"),
    ("RBT_THEME", "auto, dark, light or contrast"),
    ("NO_COLOR", "when set, nothing is coloured"),
    ("RBT_POLICY, RBT_SIGNERS, RBT_REVOKED", "who may do what: policy.yaml, allowed_signers, revoked_keys"),
    ("RBT_NOTIFY", "addresses that are told when a person is wanted, separated by spaces"),
    ("PAGER, EDITOR", "programs that an output is opened in"),
)
