"""Code that a sentence speaks of and asks nobody to type here: "After `x` the old files are gone", "(`x` via pdsh)"."""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import orders
from runbook_tui.document.patterns import expression

_SINCE = expression(
    r"^\W*(?:(?:but|and|note\s+that|remember\s*[:,]?)\s+)?(?:(?:right|directly|immediately|shortly)\s+)?(?:after|once|since|as\s+soon\s+as|from)(?:\s+the)?\W*$",
    re.IGNORECASE,
)
# what is so then: "the files are unusable", "users see the banner", "has run there is no way back"
_THEN = expression(
    r"^\W*(?:(?:has|have|is|was|had)\s+(?:been\s+)?\w+\W+|on\s+)?(?:the|an?|all|no|every|any|users?|customers?|clients?|there|it|they|nobody|nothing|everyone|everything|its|your|our|this|that|these|both)\s+(?:\S+\s+){0,12}?"
    r"(?:is|are|was|were|will|would|can|cannot|can['’]t|come|comes|see|sees|has|have|goes?|stays?|takes?|gets?|loses?|starts?|stops?|runs?|needs?|works?|no\s+longer)\b",
    re.IGNORECASE,
)
_TOOLS = r"(?:pdsh|pssh|clush|dsh|xdsh|psh|ansible|salt(?:stack)?|mcollective|rundeck|fabric|bolt|knife|puppet|chef|capistrano|csshx?|cluster-?ssh|parallel[\s-](?:ssh|shell)|ssm|session\s+manager|orchestrator|awx|tower|sccm|jamf|intune)"
_BY_A_TOOL = expression(
    rf"^\s*,?\s*(?:(?:on|to)\s+[\w\s-]{{2,40}}?\s+)?(?:via|with|through|by|using|over|in)\s+(?:the\s+|an?\s+|our\s+)?{_TOOLS}\b",
    re.IGNORECASE,
)
_WITH_A_TOOL = expression(
    rf"\b(?:via|with|through|by|using|over|in)\s+(?:the\s+|an?\s+|our\s+)?(?P<tool>{_TOOLS})\s*[:,(]\s*$", re.IGNORECASE
)


# a program and its option, with nothing behind it: "kafka-acls --authorizer-properties", "docker build --squash"
_OPTION = expression(r"[a-z][\w.-]*(?:\s+[a-z][a-z-]*){0,2}\s+--(?!version$|help$)[a-z][\w-]+")
# what is told of an option: where it stands, or what became of it
_OF_OPTION = expression(
    r"^\W{0,2}\s*(?:(?:is\s+|are\s+|was\s+|were\s+)?(?:still\s+|used\s+|found\s+|set\s+)*(?:in|from|inside|within|of)\s+(?:the\s+|our\s+|your\s+|all\s+|every\s+|each\s+|any\s+|some\s+|old\s+|an?\s+)*(?:[\w./-]+\s+){0,4}?"
    r"(?:\w*scripts?|pipelines?|cron\s?(?:jobs?|tabs?)?|jobs?|config\w*|jenkinsfiles?|dockerfiles?|makefiles?|units?|templates?|charts?|values|playbooks?|manifests?|wiki|docs?|documentation|readme|workflows?|alias(?:es)?|hooks?|wrappers?|roles?|code|modules?|runbooks?|tooling|entrypoints?|[\w-]+\.(?:sh|py|ya?ml|service|md|tf|groovy))"
    r"(?=\W|$)(?!\s+(?:folder|directory|dir|container|pod|host|namespace|shell|repo\w*)\b)"
    r"|(?:(?:is|are|was|were|has\s+been|have\s+been|got|gets)\s+)?(?:now\s+|already\s+|finally\s+)?(?:gone|removed|deprecated|dropped|renamed|replaced|unsupported|obsolete|unknown|ignored|no\s+longer|not\s+(?:used|supported|known|needed|there))\b)",
    re.IGNORECASE,
)
_SOUGHT = expression(
    r"\b(?:no|any|every|all|remaining|leftover|left-over|(?:uses?|usage|calls?|occurrences?)\s+(?:of|to|with)|options?|flags?|switch|(?:grep|search|look|looked|searched)\s+for|drop|remove|replace|deprecate)\s*[:,]?\s*$",
    re.IGNORECASE,
)
_OTHER_USER = expression(r"(?:sudo\s+(?:-i|-s|su(?:\s+-\w?)?|bash)|su(?:\s+-\w?)?)(?:\s+(?:-u\s+)?[a-z][\w-]*)?")
_BECOME = expression(  # how one gets there, told among other facts: "become root with `sudo -i`. A prompt says where."
    r"\b(?:become|becomes|becoming|get|gets|gain|gains|obtain|are|be|is|switch|switches|work|works|need|needs|as)\s+(?:to\s+)?(?:an?\s+|the\s+)?(?:root|superuser|administrator|admin|user)\b[^.;:]*$",
    re.IGNORECASE,
)


def only(code: str, before: str, after: str, *, task: bool = False) -> bool:
    """Whether the words around code say what follows from it, or that another tool runs it on other machines.

    So is an option that is named, and in prose how one becomes another user. `task`: it is a step.
    """
    if _OPTION.fullmatch(code) and (_OF_OPTION.match(after) or _SOUGHT.search(before)):
        return True
    if not task and not after.lstrip(" )*_").startswith((":", ", then", "and")) and _OTHER_USER.fullmatch(code):
        return _BECOME.search(before) is not None
    if _SINCE.match(before):
        return _THEN.match(after) is not None and not orders.imperative(after.strip(" ,"))
    if _BY_A_TOOL.match(after):
        return True
    found = _WITH_A_TOOL.search(before)
    return found is not None and not code.lower().startswith(found["tool"].lower()[:4])
