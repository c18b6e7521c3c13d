"""Secrets written in clear text: a small set of rules that are seldom wrong. What is found is never repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runbook_tui.document.patterns import Pattern, expression

# (what it is, pattern, whether it is certain)
_RULES: tuple[tuple[str, Pattern, bool], ...] = tuple(
    (what, expression(pattern), certain)
    for what, pattern, certain in (
        ("An AWS access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", True),
        ("A GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,})\b", True),
        ("A GitLab token", r"\bglpat-[\w-]{20,}", True),
        ("A Slack token", r"\bxox[abprs]-[\w-]{10,}|hooks\.slack\.com/services/T\w{8,}/B\w{8,}/\w{20,}", True),
        ("A Google API key", r"\bAIza[\w-]{35}\b", True),
        ("A payment key", r"\b[sr]k_live_[0-9A-Za-z]{20,}", True),
        ("An npm token", r"\bnpm_[A-Za-z0-9]{36}\b", True),
        ("A private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----", True),
        ("A signed token", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}", True),
        ("A bearer token", r"(?i:\bBearer)\s+(?P<secret>[A-Za-z0-9._~+/-]{20,}=*)", False),
        ("A password in a URL", r"\b[a-z][a-z0-9+.-]*://[^\s/:@<>${}]{1,64}:(?P<secret>[^\s/@<>${}*\[\]]{3,})@", False),
        (
            "A password or key",
            r"(?i:\b[\w-]*(?:password|passwd|pwd|secret|token|api_?key|access_?key))\s*=\s*[\"']?(?P<secret>[^\s\"'<>${}\[\]`|;,()*]{8,})",
            False,
        ),
    )
)
_HINT = expression(r"A[KS]IA|gh[pousr]_|github_|glpat|xox|hooks\.slack|AIza|k_live|npm_|PRIVATE KEY|eyJ|earer|://|=")
_NO_SECRET = expression(
    r"example|sample|dummy|placeholder|change[-_]?me|your|xxx|\.\.\.|redacted|password|passwd|secret|todo|^(?:user|pass|pwd|test|admin)\w{0,2}$"
    r"|^(.)\1+$|^/|^[A-Z_]+$|_token$|_key$",
    re.IGNORECASE,
)


def find(lines: Sequence[str]) -> Iterator[tuple[int, str, bool]]:
    """Line, what it looks like, and whether its form leaves no doubt."""
    for number, line in enumerate(lines, 1):
        if len(line) > 10_000 or not _HINT.search(line):
            continue
        for what, pattern, certain in _RULES:
            match = pattern.search(line)
            if match is None:
                continue
            secret = match.groupdict().get("secret") or match.group()
            if _NO_SECRET.search(secret) if not certain else re.search(r"EXAMPLE|XXXX|xxxx", secret):
                continue
            if what == "A password or key" and not (re.search(r"\d", secret) and re.search(r"[A-Za-z]", secret)):
                continue
            yield number, what, certain
            break
