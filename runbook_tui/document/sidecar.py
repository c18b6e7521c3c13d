"""What a file beside the document says of its sections, steps and commands, by id or by title."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import yaml

from runbook_tui.document import annotation

SCOPES = ("sections", "steps", "commands")
MOST = 100_000  # values in one, each counted wherever an alias repeats it


class BadSidecar(Exception):
    """Its text holds no annotations; says why, in words that follow its name."""


def parsed(data: bytes) -> dict[str, Any] | None:
    """The mapping a sidecar holds; None when it is empty. Raises BadSidecar."""
    try:
        content = yaml.safe_load(data)
        _count(content, [MOST])
    except RecursionError:
        raise BadSidecar("is not readable YAML: it is nested too deeply") from None
    except (yaml.YAMLError, ValueError, OverflowError, KeyError, AttributeError, TypeError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadSidecar(f"is not readable YAML: {why}") from None
    if content is not None and not isinstance(content, dict):
        raise BadSidecar("must hold a mapping of annotations")
    return content


def _count(value: Any, left: list[int]) -> None:
    left[0] -= 1
    if left[0] < 0:
        raise ValueError(f"it stands for more than {MOST} values")
    for one in [*value.keys(), *value.values()] if isinstance(value, dict) else value if _many(value) else ():
        _count(one, left)


def _many(value: Any) -> bool:
    return isinstance(value, list | tuple | set)


def said(beside: Mapping[str, Any], scope: str, *names: str) -> dict[str, Any]:
    """The annotations for what bears one of the names: an id as it is, a title or command text in any case."""
    entries = beside.get(scope)
    if not isinstance(entries, Mapping) or not entries:
        return {}
    wanted = {" ".join(name.split()).casefold() for name in names if name}
    found: dict[str, Any] = {}
    for name, values in entries.items():
        if isinstance(values, Mapping) and " ".join(str(name).split()).casefold() in wanted:
            found.update(annotation.mapped({str(key): value for key, value in values.items()}))
    return found


def problems(beside: Mapping[str, Any], known: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Codes and messages for what the sidecar says of nothing, or in words that are not known."""
    own = beside.get("rbt")
    known_here = {*SCOPES, *annotation.DOCUMENT_WIDE, "rbt"}
    yield from _unknown(own if isinstance(own, Mapping) else {}, annotation.DOCUMENT_WIDE)
    yield from _unknown(beside, known_here)
    for scope in SCOPES:
        entries = beside.get(scope)
        if entries is not None and not isinstance(entries, Mapping):
            yield "RB113", f"“{scope}” of the sidecar is no mapping and was not used: write names with annotations."
        for name, values in entries.items() if isinstance(entries, Mapping) else ():
            if " ".join(str(name).split()).casefold() not in known[scope]:
                yield "RB113", f"The sidecar speaks of “{name}”, which is none of the {scope}: correct the name."
            elif isinstance(values, Mapping):
                yield from _unknown(values)


def _unknown(values: Mapping[Any, Any], besides: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    for key in annotation.unknown({str(key): value for key, value in values.items() if str(key) not in besides}):
        message = f"The annotation key “{key}” of the sidecar is not known and has no effect: check its spelling."
        yield "RB111", message


def names(*texts: str) -> set[str]:
    return {" ".join(text.split()).casefold() for text in texts if text}
