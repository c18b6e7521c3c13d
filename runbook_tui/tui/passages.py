"""What of a section's prose stands with a step, and what around it. Pure."""

from __future__ import annotations

import re

from runbook_tui.document.links import spelled
from runbook_tui.document.runbook import Runbook, Section, Step

SHORT = 240  # characters that may stand before the command
_MARKS = re.compile(r"[*_`#>]+|\[([^\[\]]*)\]\([^)]*\)")


def of_section(section: Section) -> str:
    """All of it, as Markdown with the addresses of its links."""
    return spelled(section.prose.strip())


def of_step(runbook: Runbook, step: Step) -> tuple[str, str]:
    """What leads to the step, with its own words; then the rest of its section, what follows the step first.

    A long lead comes second, so that the command stays in sight.
    A passage that is some step's title is not said twice, unless it leads somewhere.
    """
    section = runbook.section_by_id[step.section]
    own = step.prose.strip()
    if not section.passages:
        return spelled(own), of_section(section)
    beside = [other for other in runbook.steps if other.section == step.section]
    titles = {_bare(other.title) for other in beside}
    before = max((other.line for other in beside if other.line < step.line), default=0)
    after = min((other.line for other in beside if other.line > step.line), default=section.end_line + 1)
    leads: list[str] = []
    follows: list[str] = []
    rest: list[str] = []
    for line, text in section.passages:
        if _bare(text) in titles and "](" not in text:
            continue
        if step.line < line < after and not text.rstrip().endswith(":"):
            follows.append(text)
        elif before < line <= step.line:
            leads.append(text)
        else:
            rest.append(text)
    if sum(map(len, leads)) > SHORT or any("\n|" in text or "```" in text for text in leads):
        leads, follows = [], [*leads, *follows]
    return spelled("\n\n".join([*leads, *([own] if own else [])])), spelled("\n\n".join([*follows, *rest]))


def _bare(text: str) -> str:
    """Words alone, to compare."""
    return " ".join(_MARKS.sub(lambda found: found[1] or "", text).split()).rstrip(" :.").lower()
