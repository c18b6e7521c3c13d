"""The lines a person reads while the gate works."""

from __future__ import annotations

from typing import Any


def as_text(line: dict[str, Any]) -> str:
    """One line of text for one JSON line; several for the verdict."""
    match line.get("event"):
        case "start":
            names = ", ".join(card["name"] for card in line["devices"]) or "no graphics card: Triton's interpreter"
            return f"{line['cases']} cases on {names}; seed {line['seed']}"
        case "compiled":
            trouble = "; ".join(line["problems"]) or "ok"
            return (
                f"  {line['target']:<7}{line['dtype']:<5}{line['name']:<24}{line['registers']:>4} registers, spilled "
                f"{line['spilled']}, 128-bit {line['wide_loads']}, matrix {line['tensor_cores']}: {trouble}"
            )
        case "case":
            return _case(line)
        case "mutant":
            word = "caught" if line["caught"] else "MISSED"
            return f"  {word}  {line['kernel']}: {line['mutant']}: {line['by']}: {line['reason']}"
        case None if "verdict" in line:
            return _verdict(line)
        case _:
            return ""


def _case(line: dict[str, Any]) -> str:
    shape = "x".join(map(str, line["shape"]))
    figures = f"{_number(line['max_abs'])} abs, {_number(line['norm_rel'])} norm, {_number(line['ratio'])} x torch"
    head = f"  {'ok  ' if line['ok'] else 'FAIL'}  {line['kernel']:<16}{line['direction']:<9}{line['dtype']:<5}"
    text = f"{head}{line['case']} {shape}: {figures}"
    if line["ok"]:
        return text
    reasons = "\n".join(f"          {reason}" for reason in line["reasons"])
    place = (
        f"\n          at {line['output']}{line['where']}: {line['got']} instead of {line['expected']}"
        if line["where"]
        else ""
    )
    return f"{text}\n{reasons}{place}"


def _number(value: object) -> str:
    return f"{value:.2e}" if isinstance(value, float) else "-"


def _verdict(line: dict[str, Any]) -> str:
    word = {"pass": "PASS", "fail": "FAIL", "not_validated": "NOT VALIDATED"}[line["verdict"]]
    where = f"executed on {line['device']}" if line["executed_on"] == "gpu" else f"executed on: {line['executed_on']}"
    mutants = line["mutants"]
    planted = f"; {mutants['caught']} of {mutants['planted']} planted bugs caught" if mutants else ""
    left_out = f"; {line['skipped']} left out" if line["skipped"] else ""
    reason = f"\n{line['reason']}" if line["reason"] else ""
    counted = f"{word}: {len(line['cases'])} cases, {where}{left_out}{planted}{reason}"
    return f"{counted}\nevidence {line['evidence']} sha256 {line['evidence_sha256']}"
