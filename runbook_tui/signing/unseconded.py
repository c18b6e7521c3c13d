"""Commands for which the policy of their time wanted a second person, and that started without a yes that counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from runbook_tui.document.runbook import Command, Effect
from runbook_tui.run import events as e
from runbook_tui.run.authority import ALONE, Deed, Policy
from runbook_tui.run.fold import fold
from runbook_tui.run.people import Who, same_person
from runbook_tui.run.people_fold import people_after
from runbook_tui.run.state import RunState, SecondState
from runbook_tui.run.where import goes_to
from runbook_tui.signing.documents import Documents
from runbook_tui.signing.policy_file import BadPolicy

_ANSWERED = e.SecondAsked | e.SecondGiven | e.SecondRefused | e.SecondClosed


class Unseconded:
    """Walks a record once.

    Judged by the policy and the text of the document that the record names at that event. The way back never waits for
    a second person, and neither does traffic that is taken back. One yes is for one start of each command it was said
    to, on each of its hosts; that to a canary is for its weights as long as it goes on, whoever drives.
    """

    def __init__(self, documents: Documents, *, refused: Mapping[int, str], proved: Mapping[int, str]) -> None:
        """`refused`: by event, why a signed yes proves nothing. `proved`: by event, who proved there to drive."""
        self._documents = documents
        self._refused = refused
        self._proved = proved
        self._policy = ALONE
        self._follows = RunState()  # nothing but what the run follows is folded into it
        self._canary: e.CanaryStarted | None = None  # that is under way
        self._requests = RunState()  # nothing but requests for a second yes is folded into it
        self._yes: dict[str, int] = {}  # the event of the yes that counts, by request
        self._drives: dict[int, str] = {}  # who proved last to drive, by epoch
        self._starts: Counter[tuple[str, str, str]] = Counter()
        self.used: set[int] = set()  # yeses under which something was started

    def walk(self, records: Sequence[e.Record]) -> Iterator[tuple[int, str]]:
        """Event and reason of each."""
        for record in records:
            match record.event:
                case e.RunStarted() | e.DocumentChanged():
                    self._follows = fold([record], self._follows)
                case e.CanaryStarted() as begun:
                    self._canary = begun
                case e.CanaryEnded():
                    self._canary = None
                case e.RulesTaken(policy=name):
                    self._policy = self._policy_of(name)
                case e.IdentityProved() if record.seq in self._proved:
                    self._drives[record.epoch] = self._proved[record.seq]
                case event if isinstance(event, _ANSWERED):
                    self._answer(event, record)
                case e.JobStarted(purpose=e.Purpose.STEP) as job:
                    why = self._started(job, record.epoch)
                    if why is not None:
                        shown = (job.shown.splitlines() or [job.command])[0]
                        yield record.seq, f"“{shown}” {why}"

    def _policy_of(self, name: str) -> Policy:
        try:
            return self._documents.policy(name)
        except BadPolicy:
            return ALONE  # nothing can be judged by it, and nothing was done under it

    def _wants(self, job: e.JobStarted) -> str | None:
        """Why another person had to say yes; None where nobody had to."""
        own = self._policy.profiles.get(self._follows.profile)
        if not self._policy.second_person and (own is None or not own.second_person):
            return None
        runbook = self._documents.runbook(self._follows)
        command = runbook.command_by_id.get(job.command) if runbook is not None else None
        if command is None and self._weighs(job):
            command = Command(
                id=job.command, text=job.shown, line=0, end_line=0, language="bash", section="", step=job.step,
                effect=Effect.CHANGE,
            )  # fmt: skip
        elif command is None:
            unknown = runbook is not None and self._follows.sidecar is not None
            return "may have wanted a second person, as the document has no such command" if unknown else None
        wants = self._policy.needs_second(command, self._follows.profile, filled=job.shown)
        return "wanted a second person" if wants else None

    def _weighs(self, job: e.JobStarted) -> bool:
        """Whether the canary that is under way sends traffic by it. Records from before kept no yes for that."""
        begun = self._canary
        if begun is None or begun.step != job.step or self._follows.sidecar is None:
            return False
        return job.command.startswith(f"{job.step}!weight-")

    def _answer(self, event: _ANSWERED, record: e.Record) -> None:
        before = self._requests.seconds.get(event.request)
        self._requests = people_after(event, record, self._requests)
        after = self._requests.seconds.get(event.request)
        if after is not None and after.given is event and (before is None or before.given is not event):
            self._yes[event.request] = record.seq

    def _started(self, job: e.JobStarted, epoch: int) -> str | None:
        """Why it should not have been; None where nobody else had to say yes, or somebody had."""
        asked, yes = self._requests.seconds.get(job.second), self._yes.get(job.second)
        if yes is not None:
            self.used.add(yes)
        if asked is not None:
            self._requests.seconds[job.second] = replace(asked, used=True)
        self._starts[job.second, job.shown, job.target] += 1
        wants = self._wants(job)
        if wants is None:
            return None
        return (why := self._without(job, epoch, asked, yes)) and f"{wants}, and {why}"

    def _without(self, job: e.JobStarted, epoch: int, asked: SecondState | None, yes: int | None) -> str | None:
        if not job.second or asked is None:
            return "nobody was asked"
        if asked.given is None or yes is None or yes in self._refused:
            return "nobody had said a yes that counts when it started"
        if self._weighs(job) and self._canary is not None and self._canary.second == job.second:
            epoch = asked.epoch
        return self._not_for_it(job, epoch, asked, asked.given) or self._not_another(epoch, asked, asked.given)

    def _not_for_it(self, job: e.JobStarted, epoch: int, asked: SecondState, given: e.SecondGiven) -> str | None:
        pairs = list(zip(asked.commands, asked.places, strict=False))
        if asked.step != job.step or job.shown not in asked.commands:
            return f"the yes of {given.person} was for something else"
        times = sum(shown == job.shown and goes_to(place, job.target) for shown, place in pairs)
        if not times:
            return f"the yes of {given.person} was for another place than {job.target}"
        again = self._weighs(job) and self._canary is not None and self._canary.second == job.second
        if not again and self._starts[job.second, job.shown, job.target] > times:
            return f"the yes of {given.person} was for one start, and this is another"
        if asked.closed is not None:
            return f"the yes of {given.person} stood no more ({asked.closed})"
        if asked.epoch != epoch:
            return f"the yes of {given.person} was said to another driver"
        return None

    def _not_another(self, epoch: int, asked: SecondState, given: e.SecondGiven) -> str | None:
        """Whoever signed nothing has proved to be nobody, whatever name stands there."""
        principal = given.principal if given.signature else ""
        driver = self._drives.get(epoch, "")
        user, _, host = asked.actor.rpartition("/")[2].rpartition("@")
        asks = Who(person=asked.person, principal=driver or asked.principal, user=user, host=host)
        other = Who(person=given.person, principal=principal, user=given.user, host=given.host)
        if (why := same_person(asks, other)) is not None:
            return f"the yes of {given.person} is none: {why}"
        return self._policy.refuses(principal or None, Deed.SECOND, self._follows.profile)
