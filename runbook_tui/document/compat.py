"""Documents written for other tools: what they annotate becomes ours, before the walk over the blocks begins.

Semantics are those of the tools at the versions we studied: Runme 3.17, xc 0.9, mask 0.11, Runbook.dev 0.3, Innovation
Engine 0.2. A finding says where their own tool would lose or change what is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from runbook_tui.document import annotation, info
from runbook_tui.document.markdown import Block
from runbook_tui.document.outline import Part
from runbook_tui.document.patterns import expression

Report = Callable[[str, int, str], None]  # code, line, message

_XC_LINE = expression(
    r"^[*_]{0,2}(?P<key>requires|req|env|environment|dir|directory|inputs|run|rundeps|rundependencies|interactive)"
    r"[*_]{0,2}\s*:[*_]{0,2}\s*(?P<value>\S.*)$",
    re.IGNORECASE,
)
_XC_KEYS = {
    "req": "requires", "environment": "env", "dir": "cwd", "directory": "cwd", "rundependencies": "rundeps",
}  # fmt: skip
_MASK_ARGUMENT = expression(r"\((\w[\w-]*)\)|\[(\w[\w-]*)\]")
_DEV_FENCE = expression(r"^(?P<kind>check|step|rollback|wait)\b(?P<rest>(?:\s+[\w-]+=.*)?)$")
_DEV_HEADER = expression(
    r"^(?P<key>timeout|kill_grace|confirm|env|abort_if|interactive|cwd|workdir)\s*:\s*(?P<value>.*)$"
)
_SIMILARITY = expression(r"<!--\s*expected_similarity\s*=\s*(?P<value>\"[^\"]*\"|[\d.]+)\s*-->")


def prepare(parts: list[Part], blocks: list[Block], lines: list[str], report: Report) -> None:
    """Put what other tools' annotations say where the walk looks for it."""
    _runbook_dev(parts, report)
    _runme(blocks, report)
    _xc(parts, lines, report)
    _mask(parts, report)
    _expected(parts)


def _fences(blocks: list[Block]) -> Iterator[Block]:
    stack = list(reversed(blocks))
    while stack:
        block = stack.pop()
        stack += reversed(block.children)
        if block.kind == "fence":
            yield block


# --- Runme ---------------------------------------------------------------------------------------


def _runme(blocks: list[Block], report: Report) -> None:
    for block in _fences(blocks):
        if block.info and (what := info.lost(block.info)) is not None:
            message = f"Runme would not read this info string as written ({what}): write it as one flat JSON object."
            report("RB152", block.line, message)


# --- xc ------------------------------------------------------------------------------------------


def _xc(parts: list[Part], lines: list[str], report: Report) -> None:
    home = next((part for part in parts if not part.pseudo and part.title.strip("_*` ").lower() == "tasks"), None)
    if home is None:
        return
    tasks = [part for part in parts if part.parent is home and not part.pseudo]
    said = {id(part): _xc_attributes(part) for part in tasks}
    if not any(said.values()):
        return
    for part in tasks:
        part.annotations.update({**said[id(part)], **part.annotations})
        _xc_losses(part, lines, report)


def _xc_attributes(part: Part) -> dict[str, object]:
    found: dict[str, object] = {}
    for block in part.blocks:
        for row in block.raw.split("\n") if block.kind == "paragraph" else ():
            match = _XC_LINE.match(row.strip())
            if match is None:
                continue
            key = match["key"].lower()
            key = _XC_KEYS.get(key, key)
            value = match["value"].strip()
            if key == "env":
                found["env"] = {**annotation.variables(found.get("env", {})), **annotation.variables(value)}
            else:
                found[key] = value
    return found


def _xc_losses(part: Part, lines: list[str], report: Report) -> None:
    scripts = [block for block in part.blocks if block.kind == "fence"]
    if len(scripts) > 1:
        report("RB153", scripts[1].line, "xc refuses a file whose task has a second code block: join the two.")
    for block in scripts:
        marker = lines[block.line - 1].lstrip()
        if marker.startswith(("~~~", "````")):
            report("RB153", block.line, "xc reads no block that opens like this: open it with three backticks.")
        if re.search(r"\n[ \t]*\n", block.raw.rstrip("\n")):
            message = "xc drops the empty lines of this script, which changes heredocs: take them out or keep to rbt."
            report("RB153", block.line, message)
    if part.line < len(lines) and lines[part.line].startswith("#"):
        report("RB153", part.line, "xc skips a heading that follows this one at once: put an empty line between.")
    rule = next((block for block in part.blocks if block.kind == "rule"), None)
    if rule is not None:
        report("RB153", rule.line, "xc ends its tasks at this line: remove it.")


# --- mask ----------------------------------------------------------------------------------------


def _mask(parts: list[Part], report: Report) -> None:
    """Commands by heading; `OPTIONS` above a list, bold or not, tells such a document."""
    bodies = {id(part): list(part.blocks) for part in parts}
    flags: dict[int, list[str]] = {}
    for part in parts:
        home = part.parent if part.pseudo and part.title == "OPTIONS" else part
        if home is not part and home is not None:
            bodies[id(home)] += part.blocks
        if home is not None and (found := _mask_options(part)) is not None:
            flags[id(home)] = found
    for part in parts if flags else ():
        if not part.pseudo and part.level > 1:
            _mask_command(part, bodies[id(part)], flags.get(id(part), []), report)


def _mask_command(part: Part, body: list[Block], flags: list[str], report: Report) -> None:
    scripts = [block for block in body if block.kind == "fence"]
    if not scripts:
        return
    arguments = [first or second for first, second in _MASK_ARGUMENT.findall(part.title)]
    if arguments:
        part.annotations.setdefault("arguments", arguments)
    if flags:
        part.annotations.setdefault("options", flags)
    if arguments or flags:
        message = f"mask sets {', '.join([*arguments, *flags])} from its command line: give them here by env."
        report("RB154", part.line, message)
    for block in scripts:
        if "{" in block.info:
            report("RB154", block.line, "mask takes the whole info string for the program: leave only its name.")
    if len(scripts) > 1:
        report("RB154", scripts[0].line, "mask runs only the last code block of a command: give each its heading.")


def _mask_options(part: Part) -> list[str] | None:
    """The flags of a list that stands under just OPTIONS; None without one."""
    before = part.title if part.pseudo else ""
    for block in part.blocks:
        if block.kind == "list" and before == "OPTIONS":
            heads = [item.children[0].raw.strip() for item in block.children if item.children]
            return [name for name in heads if re.fullmatch(r"[\w-]+", name)]
        before = block.raw.strip("*_ \t") if block.kind == "paragraph" else ""
    return None


# --- Runbook.dev ---------------------------------------------------------------------------------


def _runbook_dev(parts: list[Part], report: Report) -> None:
    undo: dict[str, str] = {}
    found: list[tuple[Part, Block, dict[str, object]]] = []
    for part in parts:
        for block in _fences(part.blocks):
            match = _DEV_FENCE.match(block.info.strip())
            if match is not None and (match["rest"] or _headed(block.raw)):
                said = _dev_said(block, match, report)
                found.append((part, block, said))
                if said["kind"] == "rollback" and "name" in said:
                    undo[str(said["name"])] = block.raw.strip()
    for part, block, said in found:
        name = said.pop("rollback", None)
        if name is not None:
            said["undone_by"] = name
            if str(name) in undo and "\n" not in undo[str(name)]:
                said["rollback"] = undo[str(name)]
        part.takes[block.line] = {**said, **part.takes.get(block.line, {})}


def _headed(code: str) -> bool:
    rows = code.split("\n")
    end = rows.index("---") if "---" in rows else 0
    return end > 0 and all(_DEV_HEADER.match(row) for row in rows[:end] if row.strip())


def _dev_said(block: Block, match: re.Match[str], report: Report) -> dict[str, object]:
    """The attributes and header lines of a block, which becomes a shell block without them."""
    kind = match["kind"]
    said: dict[str, object] = {"kind": kind, **info.pairs(match["rest"])}
    rows = block.raw.split("\n")
    if _headed(block.raw):
        end = rows.index("---")
        for row in rows[:end]:
            if (header := _DEV_HEADER.match(row)) is not None:
                key = "cwd" if header["key"] == "workdir" else header["key"]
                value = header["value"].strip().strip("\"'")
                if key != "env":
                    said[key] = value  # `env: [production]` names environments, not variables
        rows[: end + 1] = [""] * (end + 1)
    if "---" in rows:
        at = block.line + 1 + rows.index("---")
        report("RB155", at, "Runbook.dev drops every line above this one from the block: write --- another way.")
    if kind == "wait":
        report("RB155", block.line, "Runbook.dev never carries out a wait block: make it a step that waits.")
    block.info = "bash" if kind != "wait" else "text"
    block.raw = "\n".join(rows)
    return annotation.mapped(said)


# --- Innovation Engine ---------------------------------------------------------------------------


def _expected(parts: list[Part]) -> None:
    """`<!-- expected_similarity=0.8 -->` before a block: that block is what the one before it should print."""
    for part in parts:
        for blocks in _siblings(part.blocks):
            _expected_among(part, blocks)


def _siblings(blocks: list[Block]) -> Iterator[list[Block]]:
    stack = [blocks]
    while stack:
        family = stack.pop()
        yield family
        stack += [block.children for block in family if block.children]


def _expected_among(part: Part, blocks: list[Block]) -> None:
    command: Block | None = None
    wanted: str | None = None
    for block in blocks:
        if block.kind == "html" and (match := _SIMILARITY.search(block.raw)) is not None:
            wanted = match["value"]
        elif block.kind == "fence" and wanted is not None:
            if command is not None:
                said: dict[str, object] = {"expect": block.raw.strip(), "similarity": wanted.strip('"')}
                part.takes[command.line] = {**said, **part.takes.get(command.line, {})}
                block.info = "output"
            wanted = None
        elif block.kind == "fence":
            command = block
