"""Who sits at this terminal, and whether the policy lets them: implements `run.warding.Warden`.

The files with the rules are looked at before every deed; what changed in them goes into the record first.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

from runbook_tui.authorities import Authorities, authorities_here, authors_of, stamp
from runbook_tui.document.runbook import Runbook
from runbook_tui.run import intents as i
from runbook_tui.run.authority import Deed, Policy, Speaker
from runbook_tui.run.events import IdentityProved
from runbook_tui.run.ledger import Ledger
from runbook_tui.run.policy import Refused
from runbook_tui.run.ports import Clock, OperatorError
from runbook_tui.run.state import RunState
from runbook_tui.run.warding import SessionOver, deed_of
from runbook_tui.signing.identity import Proved, keys_here, prove_identity, whose


class HouseWarden:
    """Of one run that this process drives."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        clock: Clock,
        read: Callable[[], Authorities] = authorities_here,
        moved: Callable[[], object] = stamp,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._read = read
        self._moved = moved
        self._seen: object = None
        self._now = Authorities()
        self._policy: Policy = self._now.rules()
        self._tried = False
        self._trouble = ""
        self._last: float | None = None  # when somebody last did something here, monotonic
        self._ended: float | None = None  # when a command was last seen to end, monotonic: a clock can be set back
        self._open = _open_in(ledger.state)
        ledger.subscribe(self._notice)
        self._turn = asyncio.Lock()
        self.speaker: Speaker | None = None

    @property
    def policy(self) -> Policy:
        """The rules as they were last read."""
        return self._policy

    async def before(self, intent: i.Intent, runbook: Runbook) -> None:
        """Let it pass or raise Refused."""
        async with self._turn:
            deed = deed_of(intent, runbook)
            if deed is None and not isinstance(intent, i.ProveIdentity):
                return
            await self._look(runbook)
            if deed is None:
                return
            if not self._tried and self._now.signers:
                await self._try_to_prove()
            profile = self._ledger.state.profile
            person = self.speaker.principal if self.speaker is not None else None
            if (why := self._policy.refuses(person, deed, profile)) is not None:
                raise Refused(why if person or not self._trouble else f"{why}: {self._trouble}")
            self._check_session(profile)
            if deed is Deed.DRIVE:
                self._check_signed(person)
            self._last = self._clock.monotonic()

    async def look(self, runbook: Runbook) -> None:
        """Rules may have changed since somebody last did something here."""
        async with self._turn:
            await self._look(runbook)

    async def prove(self) -> Speaker:
        """A new challenge, signed and recorded."""
        async with self._turn:
            return await self._prove()

    async def _look(self, runbook: Runbook) -> None:
        """Rules that are others than the run follows are recorded before anything is done by them."""
        moved = await asyncio.to_thread(self._moved)
        if moved == self._seen:
            return
        now = await asyncio.to_thread(self._read)
        policy = now.rules()
        state = self._ledger.state
        if not now.are(state.rules):
            authors = await asyncio.to_thread(authors_of, Path(state.source), runbook.front_matter)
            reason = "the rules were changed" if state.rules is not None else "the run has rules from here on"
            await self._ledger.append(now.as_event(authors, reason), blobs=now.blobs())
        if now != self._now:
            self._tried, self.speaker = False, None
        self._now, self._policy, self._seen = now, policy, moved

    async def _try_to_prove(self) -> None:
        self._tried = True
        try:
            await self._prove()
        except OperatorError as error:
            self._trouble = str(error).removesuffix(" Nothing was done.").rstrip(".")

    async def _prove(self) -> Speaker:
        run = self._ledger.state.run
        proved = await asyncio.to_thread(self._challenged, run)
        self._check_signed(proved.speaker.principal)
        names = [hashlib.sha256(data).hexdigest() for data in (proved.challenge, proved.signature)]
        event = IdentityProved(
            principal=proved.speaker.principal,
            fingerprint=proved.speaker.fingerprint,
            challenge=names[0],
            signature=names[1],
            how=proved.speaker.source,
        )
        await self._ledger.append(event, blobs=dict(zip(names, (proved.challenge, proved.signature), strict=True)))
        self.speaker, self._trouble = proved.speaker, ""
        self._last = self._clock.monotonic()
        return proved.speaker

    def _challenged(self, run: str) -> Proved:
        roster = self._now.roster()
        key = whose(keys_here(roster))
        return prove_identity(run, key, roster, at=self._clock.now(), revoked=self._now.revoked)

    def _notice(self, state: RunState) -> None:
        now = _open_in(state)
        if self._open - now:
            self._ended = self._clock.monotonic()
        self._open = now

    def _check_session(self, profile: str) -> None:
        session = self._policy.session_of(profile) if self.speaker is not None else None
        if session is None or self._last is None:
            return
        idle = self._clock.monotonic() - self._last
        if self._ended is not None:  # who waits for a command is not idle
            idle = min(idle, self._clock.monotonic() - self._ended)
        if idle > session:
            who = self.speaker.principal if self.speaker is not None else "somebody"
            raise SessionOver(
                f"nobody did anything here for {idle / 60:.0f} min: prove that it is still {who} who sits here. "
                "Nothing was done."
            )

    def _check_signed(self, person: str | None) -> None:
        """Who has approved a run does not carry it out."""
        for given in self._ledger.state.signoffs.values():
            for one in (given, *given.others):
                own = one.signed and one.void is None and one.signer == person
                if own and not self._policy.rule_for(one.role).driver:
                    raise Refused(f"{person} has signed as {one.role}: who approves a run does not carry it out")


def _open_in(state: RunState) -> frozenset[str]:
    return frozenset(job.job for job in state.open_jobs)
