"""The alerts of Prometheus rule files as conditions of a run: front matter or sidecar name them under `rules`.

rbt:
rules: alerts.yml                       # or a list of files
rules: {file: alerts.yml, only: [HighErrors]}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from runbook_tui.document.runbook import Condition
from runbook_tui.gates.stated import Alert, Timing, Unclear, alerts_of
from runbook_tui.sources import BadMapping, Manual, Sources, interval_of
from runbook_tui.watching import Watched

LARGEST = 4 * 1024 * 1024  # bytes of a rule file
TOLD = ("info", "none")  # severities that nobody has to act upon


def alerts_in(path: Path, timing: Timing) -> list[Alert]:
    """The alerts of one rule file. Raises BadMapping or Unclear, with its name."""
    return _alerts(rule_file(path), str(path), timing)


def rule_file(path: Path) -> bytes | BadMapping:
    """The bytes of a rule file, or why there are none."""
    try:
        if not path.is_file():
            return BadMapping(f"{path} is no file of rules")
        if path.stat().st_size > LARGEST:
            return BadMapping(f"{path} is larger than {LARGEST >> 20} MB: that is no file of rules")
        return path.read_bytes()
    except OSError as error:
        return BadMapping(f"{path} cannot be read: {error.strerror}")


def _alerts(data: bytes | BadMapping, name: str, timing: Timing) -> list[Alert]:
    if isinstance(data, BadMapping):
        raise data
    try:
        content = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise BadMapping(
            f"{name} is not readable YAML: {(str(error).splitlines() or ['it is nested too deep'])[0]}"
        ) from None
    try:
        return alerts_of(content, timing=timing)
    except Unclear as error:
        raise BadMapping(f"{name}: {error}") from None


def files_said(said: Mapping[str, Any]) -> tuple[str, ...]:
    """The rule files that `rules` names, as written; none where it cannot be understood."""
    try:
        return tuple(_files(said)[0])
    except BadMapping:
        return ()


def _files(said: Mapping[str, Any]) -> tuple[list[str], Any]:
    """Files, and what `only` says of their alerts. Raises BadMapping."""
    rules = said.get("rules")
    if rules is None:
        return [], None
    only: Any = None
    if isinstance(rules, Mapping):
        only, rules = rules.get("only"), rules.get("file")
    files = [rules] if isinstance(rules, str) else rules
    if not isinstance(files, list) or not files or not all(isinstance(one, str) and one for one in files):
        raise BadMapping(
            "`rules` names Prometheus rule files: `alerts.yml`, a list of them, or {file: …, only: [ALERT]}"
        )
    return files, only


def alerts_said(
    said: Mapping[str, Any], folder: Path, timing: Timing | None = None, *, kept: Mapping[str, bytes] | None = None
) -> list[Alert]:
    """The alerts that `rules` names, in files beside the document. Reads files. Raises BadMapping.

    `kept` are the files as a run keeps them: they are not read again. A file without alerts, and a name that none of
    them has, are mistakes: nothing would be watched.
    """
    files, only = _files(said)
    if not files:
        return []
    timing = timing or Timing(every=interval_of(said))
    found: list[Alert] = []
    for file in files:
        own = (kept or {}).get(file)
        alerts = alerts_in(folder / file, timing) if own is None else _alerts(own, file, timing)
        if not alerts:
            raise BadMapping(f"{file} has no alert: nothing in it could be watched")
        found += alerts
    if only is None:
        return found
    names = [str(one) for one in (only if isinstance(only, list) else [only])]
    if missing := set(names) - {alert.name for alert in found}:
        raise BadMapping(f"no alert of {', '.join(files)} is called {', '.join(sorted(missing))}")
    if not names:
        raise BadMapping(f"`only` names no alert of {', '.join(files)}: nothing would be watched")
    return [alert for alert in found if alert.name in names]


def watched_alerts(alerts: Sequence[Alert], sources: Sources) -> tuple[list[Watched], list[Manual]]:
    """The alerts that can be watched, and those that cannot: an error, as nobody meant a person to judge them.

    Those of severity info and none are told to a person, and stand in nobody's way. Raises BadMapping.
    """
    watched: list[Watched] = []
    manual: list[Manual] = []
    for number, alert in enumerate(alerts):
        condition = Condition(text=alert.text or alert.name, line=0, severity=alert.severity or None)
        if alert.severity in TOLD:
            manual.append(Manual(condition=condition, why=f"of severity {alert.severity}: nobody has to act upon it"))
        elif alert.check is None or alert.query is None:
            manual.append(
                Manual(condition=condition, why=f"{alert.why_not} (`only:` names those to watch)", mistaken=True)
            )
        else:
            where = {"text": alert.page} if alert.page else {}
            signal, _ = sources.signal(alert.name, {"query": alert.query, **where})
            check = alert.check_as(f"rule-{number}-{alert.name}")
            watched.append(Watched(check=check, signal=signal, question=alert.query))
    return watched, manual
