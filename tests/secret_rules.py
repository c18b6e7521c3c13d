"""Makes runbook_tui/run/secret_rules.json anew from the rules of Betterleaks and Veles that kingfisher-secret-scanner has.

    pip install kingfisher-secret-scanner==1.5.0    # in an environment of its own: 35 MB
    python -m tests.secret_rules

Kept of a rule: its regular expression (RE2), the group that holds the secret, the least entropy, and what is no
secret. Left out: rules for files of certain names.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from runbook_tui.run.recognising import _OWN
from tests.secret_nearness import nearness

HERE = Path(__file__).parent.parent / "runbook_tui" / "run"
SOURCE = "kingfisher-secret-scanner"


class Untold(Exception):
    """A part of a filter that has no counterpart here: it is not asked."""


def clauses(node: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of a filter joined by `||`."""
    if node["kind"] == "binary" and node["operator"] == "||":
        return [*clauses(node["left"]), *clauses(node["right"])]
    return [node]


def is_secret(node: dict[str, Any]) -> bool:
    return node["kind"] == "member" and node["node"].get("value") == "finding" and node["property"]["value"] == "secret"


def texts(node: dict[str, Any]) -> list[str]:
    return [one["value"] for one in node["nodes"]]


def take(clause: dict[str, Any], rule: dict[str, Any]) -> None:
    kind = clause["kind"]
    if kind in ("bool", "boolean") and clause["value"] in (True, "true", "True"):
        rule["never"] = True
    elif kind == "call" and clause["callee"]["kind"] == "identifier" and is_secret(clause["arguments"][0]):
        name = clause["callee"]["value"]
        if name == "matchesAny":
            rule["not"] += texts(clause["arguments"][1])
        elif name == "containsAny":
            rule["without"] += [one.lower() for one in texts(clause["arguments"][1])]
        else:
            raise Untold(name)
    elif (
        kind == "binary"
        and clause["operator"] in ("<", "<=")
        and clause["left"].get("callee", {}).get("value") == "entropy"
    ):
        rule["entropy"] = float(clause["right"]["value"])
    elif kind == "unary" and clause["operator"] == "!":
        inner = clause.get("operand") or clause.get("node") or clause.get("argument")
        if (
            inner["kind"] != "call"
            or inner["callee"].get("value") != "matchesAny"
            or not is_secret(inner["arguments"][0])
        ):
            raise Untold("!")
        rule["only"] += texts(inner["arguments"][1])
    else:
        raise Untold(kind)


def taken_by_re2(pattern: str) -> str:
    """RE2 repeats at most 1,000 times, and knows no `x`."""
    return re.sub(r"\{(\d+),(\d{4,})\}", r"{\1,1000}", pattern.removeprefix("(?x)"))


def main() -> None:
    from kingfisher_sdk import Rules

    found = Rules(confidence="low")
    rules, common, untold = [], None, 0
    for told in found.metadata():
        detail = found.detail(told["id"])
        if detail["path"]:
            continue
        rule: dict[str, Any] = {
            "id": told["id"].partition(".")[2],
            "pattern": taken_by_re2(detail["pattern"]),
            "group": detail["betterleaks_secret_group"],
            "entropy": 0.0,
            "not": [],
            "without": [],
            "only": [],
        }
        for clause in clauses(detail["betterleaks_filter"]) if detail["betterleaks_filter"] else []:
            try:
                take(clause, rule)
            except Untold:
                untold += 1
        if rule.pop("never", False):
            continue
        common = common or (rule["not"][:13], rule["without"][:2])  # the same thirteen and two stand in every rule
        rule["not"] = [one for one in rule["not"] if one not in common[0]]
        rule["without"] = [one for one in rule["without"] if one not in common[1]]
        rule["near"] = nearness(rule["pattern"])
        rules.append({key: value for key, value in rule.items() if value})
    assert common is not None
    package = distribution(SOURCE)
    body = {
        "source": f"{SOURCE} {package.version}: Betterleaks (MIT), Veles (Apache-2.0)",
        "not": common[0],
        "without": common[1],
        "rules": rules,
        "own": {name: nearness(pattern) for name, pattern in _OWN},
    }
    (HERE / "secret_rules.json").write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n")
    notice, licence = (
        (package.locate_file(file)).read_text()
        for name in ("NOTICE", "LICENSE")
        for file in package.files or ()
        if file.name == name and file.parent.name == "licenses"
    )
    start = notice.index("Veles / OSV-SCALIBR")
    end = notice.index("SOFTWARE.", notice.index("Betterleaks\nhttps://")) + len("SOFTWARE.\n")
    (HERE / "secret_rules.LICENSE").write_text(f"{notice[start:end]}\n{'-' * 70}\n\n{licence}")
    print(f"{len(rules)} rules; {untold} parts of filters have no counterpart")


if __name__ == "__main__":
    main()
