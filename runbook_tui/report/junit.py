"""The run as JUnit XML: phases as suites, steps as cases."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from runbook_tui.document.runbook import Step
from runbook_tui.report.account import Account, ending
from runbook_tui.run.masking import masked
from runbook_tui.run.progress import on_path, phase_of
from runbook_tui.run.state import JobState, StepPhase

MOST_OUTPUT = 16_000  # characters of a step's output; the rest is in the bundle
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.")


def junit(account: Account) -> str:
    """XML as the usual schema (Jenkins, GitLab, Surefire's) has it."""
    root = Element("testsuites", name=_clean(account.state.title or account.state.run))
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    seconds = 0.0
    for suite_id, (name, steps) in enumerate(_suites(account).items()):
        suite = SubElement(root, "testsuite", name=name, id=str(suite_id), package=_clean(account.state.run))
        counts = dict.fromkeys(totals, 0)
        took = 0.0
        properties = SubElement(suite, "properties")
        for key, value in _properties(account):
            SubElement(properties, "property", name=key, value=_clean(value))
        for step in steps:
            took += _case(suite, account, step, name, counts)
        started = account.state.started
        suite.attrib |= {key: str(value) for key, value in counts.items()} | {"time": f"{took:.3f}"}
        suite.attrib |= (
            {"timestamp": started.strftime("%Y-%m-%dT%H:%M:%S"), "hostname": _host(account)} if started else {}
        )
        for key, count in counts.items():
            totals[key] += count
        seconds += took
    totals.pop("skipped")  # the schema has it for suites only
    root.attrib |= {key: str(value) for key, value in totals.items()} | {"time": f"{seconds:.3f}"}
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suites(account: Account) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for step in account.runbook.steps:
        if on_path(account.runbook, account.state, step) or account.state.step(step.id).jobs:
            path = account.runbook.section_path(step.section)
            top = next((section for section in path if section.phase), path[-1])
            found.setdefault(_clean(top.title or account.state.title), []).append(step)
    return found


def _properties(account: Account) -> Iterable[tuple[str, str]]:
    state = account.state
    yield from (("run", state.run), ("document_sha256", state.document), ("head", state.head))
    if state.ticket:
        yield "ticket", state.ticket


def _host(account: Account) -> str:
    first = account.records[0].event if account.records else None
    return _clean(getattr(first, "host", "") or "localhost")


def _case(suite: Element, account: Account, step: Step, name: str, counts: dict[str, int]) -> float:
    own, phase = account.state.step(step.id), phase_of(account.runbook, account.state, step)
    jobs = [account.state.jobs[job] for job in own.jobs]
    took = sum(job.seconds for job in jobs)
    case = SubElement(suite, "testcase", name=_clean(step.title), classname=name, time=f"{took:.3f}")
    counts["tests"] += 1
    why = _clean(own.reason or "")
    if phase is StepPhase.FAILED:
        counts["failures"] += 1
        SubElement(case, "failure", message=why or "failed", type="failed").text = _told(jobs)
    elif phase is StepPhase.UNKNOWN:
        counts["errors"] += 1
        SubElement(case, "error", message=why or "outcome unknown", type="unknown").text = _told(jobs)
    elif phase not in (StepPhase.DONE, StepPhase.ROLLED_BACK):
        counts["skipped"] += 1
        SubElement(case, "skipped", message=why or phase.value)
    if text := _output(account, jobs):
        SubElement(case, "system-out").text = text
    return took


def _told(jobs: list[JobState]) -> str:
    return "\n".join(_clean(f"$ {job.shown}\non {job.target}: {ending(job)}") for job in jobs)


def _output(account: Account, jobs: list[JobState]) -> str:
    parts = []
    left = MOST_OUTPUT
    for job in reversed(jobs):
        kept = account.outputs.get(job.job)
        if kept is None or left <= 0:
            continue
        text = b"\n".join(data[-4 * left :] for _, data in kept.pieces).decode("utf-8", "replace")
        text = _clean(_SEQUENCE.sub("", text))
        cut = f"[… the first {kept.total - left} of {kept.total} bytes left out …]\n" if len(text) > left else ""
        parts.append(f"$ {_clean(job.shown)}\n{cut}{text[-left:]}")
        left -= len(text)
    return "\n".join(reversed(parts))


def _clean(text: str) -> str:
    return _NOT_XML.sub("�", masked(text))
