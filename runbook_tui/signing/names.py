"""The namespaces of our signatures: one made for one purpose is none for another, nor for git or files."""

SIGN_OFF = "signoff-v1@runbook-tui"
IDENTITY = "identity-v1@runbook-tui"
SECOND = "second-v1@runbook-tui"
PATTERN = "*@runbook-tui"  # what a line of allowed_signers says that is meant for us
