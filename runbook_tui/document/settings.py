"""Words over a block that say whether its assignments are a service's settings, which nobody types in this shell."""

from __future__ import annotations

import re

from runbook_tui.document.patterns import expression

_KIND = r"(?:variables?|vars?|settings?|environment|env|configuration|config|values?|secrets?|parameters?|keys?)"
_FILE = expression(
    r"(?<![\w])\.env\b|\benvironment file|\benv file|\.(?:bashrc|zshrc|profile|bash_profile)\b"
    r"|(?i:\b(?:create|write|make|save)\b.{0,20}\bfile\b.{0,60}\b(?:content|contents|containing|contains|lines|this)\b)"
    r"|/etc/(?:environment|default)"
)
_LOOKED_AT = expression(
    rf"^\W*(?:please\s+|then\s+|also\s+|now\s+)?(?:verify|check|confirm|ensure|make\s+sure|compare|review|validate|double-?check)\b.*\b{_KIND}\b"
    rf"|\b{_KIND}\b.*\b(?:is|are|be)\s+(?:\w+ly\s+)?(?:set|configured|present|defined|there|in\s+place|provided|filled)\b"
    r"|\b(?:must|should|have\s+to|has\s+to|need\s+to)\s+be\s+(?:set|configured|present|defined|provided)\s+(?:in|on|at)\b"
    rf"|\b(?:reads?|expects?|needs?|requires?|uses?|wants?|depends\s+on)\s+(?:\w+\s+){{0,3}}?{_KIND}\b"
    rf"|^\W*(?:the\s+)?(?:required|mandatory|necessary|needed|expected|production)\s+(?:\w+\s+)?{_KIND}\b",
    re.IGNORECASE,
)
_KEPT = expression(  # where settings of a service are kept
    r"\b(?:live|lives|kept|stored?|come|comes|add|put|enter|copy|belong|go|set|configure|save)\b[^.]*\b(?:in|into|to|from)\s+(?:[\w']+\s+){0,3}?"
    r"(?:vault|(?:secrets?|parameter)\s+(?:store|manager)|task\s+definition|config\s?map|dashboard|heroku|vercel|netlify|railway"
    r"|github\s+(?:actions\s+)?secrets|ci(?:/cd)?\s+(?:settings|variables|secrets)|pipeline|compose\s+file|values\s+file|unit\s+file"
    r"|(?:service|app|application|environment)['’]?s?\s+(?:settings|configuration|section|tab))\b",
    re.IGNORECASE,
)
_HERE = expression(
    r"\b(?:your|this|the|a)\s+(?:\w+\s+)?(?:shell|terminal|session|console|laptop|workstation)\b|\bshell\b|\bexport\b"
    r"|\bbefore\s+(?:you\s+)?(?:run|start|typ|continu)\w*|\b(?:steps|commands?|scripts?)\b|\bbelow\s+use",
    re.IGNORECASE,
)
_HEADING = expression(
    r"^[^A-Za-z]*(?:(?:step|phase|part)\s+\d+\W+)?(?:(?:required|the|production|service|app|application|runtime|new|changed)\s+){0,2}"
    r"(?:environment|env|config(?:uration)?|app|service)?[\s-]*(?:variables|vars|settings|configuration)\W*$",
    re.IGNORECASE,
)


def to_a_file(lead: str) -> bool:
    """Whether the words name a file that the assignments go to."""
    return _FILE.search(lead) is not None


def of_a_service(lead: str, heading: str) -> bool:
    """Whether the words, or the heading where there are none, speak of settings that are there and are looked at."""
    if lead.strip():
        told = _LOOKED_AT.search(lead.strip()) or _KEPT.search(lead)
        return len(lead) < 300 and told is not None and _HERE.search(lead) is None
    return _HEADING.match(heading) is not None
