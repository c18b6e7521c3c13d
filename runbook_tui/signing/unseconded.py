"""Commands for which the policy of their time wanted a second person, and that started without a yes that counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from runbook_tui.document.runbook import Command
from runbook_tui.run import events as e
from runbook_tui.run.authority import ALONE, Deed, Policy
from runbook_tui.signing.documents import Documents
from runbook_tui.signing.policy_file import BadPolicy, read_policy


def unseconded(
    records: Sequence[e.Record], blobs: Mapping[str, bytes], documents: Documents, good: Mapping[str, e.SecondGiven]
) -> Iterator[tuple[int, str]]:
    """Event and reason of each. `good` are the yeses that hold by themselves, by request.

    Judged by the policy and the text of the document that the record names at that event. The way back, and what a gate
    does by itself, never wait for a second person.
    """
    policy, profile = ALONE, ""
    commands: Mapping[str, Command] = {}
    asked: dict[str, tuple[e.SecondAsked, int]] = {}
    said: set[str] = set()
    for record in records:
        match record.event:
            case e.RunStarted(profile=named, document=document):
                profile, commands = named, _commands(documents, document)
            case e.DocumentChanged(document=document):
                commands = _commands(documents, document)
            case e.RulesTaken(policy=name):
                policy = _policy(name, blobs)
            case e.SecondAsked(request=request) as one:
                asked[request] = one, record.epoch
            case e.SecondGiven(request=request):
                said.add(request)
            case e.JobStarted(purpose=e.Purpose.STEP) as job if policy.present and job.command in commands:
                if not policy.needs_second(commands[job.command], profile):
                    continue
                given = good.get(job.second) if job.second in said else None
                why = _fault(job, record.epoch, asked.get(job.second), given, policy=policy, profile=profile)
                if why is not None:
                    yield record.seq, f"“{job.shown.splitlines()[0]}” wanted a second person, and {why}"


def _fault(
    job: e.JobStarted, epoch: int, asked: tuple[e.SecondAsked, int] | None, given: e.SecondGiven | None,
    *, policy: Policy, profile: str,
) -> str | None:  # fmt: skip
    if not job.second or asked is None:
        return "nobody was asked"
    if given is None:
        return "nobody had said a yes that counts when it started"
    request, under = asked
    if request.step != job.step or job.shown not in request.commands:
        return f"the yes of {given.person} was for something else"
    if under != epoch:
        return f"the yes of {given.person} was said to another driver"
    return policy.refuses(given.principal or None, Deed.SECOND, profile)


def _policy(name: str, blobs: Mapping[str, bytes]) -> Policy:
    try:
        return read_policy(blobs[name]) if name else ALONE
    except (KeyError, BadPolicy):
        return ALONE  # that it is missing or changed is told elsewhere


def _commands(documents: Documents, name: str) -> Mapping[str, Command]:
    runbook = documents.of(name)
    return runbook.command_by_id if runbook is not None else {}
