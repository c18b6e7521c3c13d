"""Signing in the app: implements `tui.signing_port.Signer` over the journal of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from runbook_tui.records import load
from runbook_tui.run.ports import Journal
from runbook_tui.signing import offering
from runbook_tui.signing.identity import OwnKey, keys_here, sign_with, whose
from runbook_tui.signing.names import SIGN_OFF
from runbook_tui.signing.statement import APPROVE, REJECT
from runbook_tui.signing.words import of_statement
from runbook_tui.tui.signing_port import Sheet

_LATER = "what you type below"


class LocalSigner:
    """For the person whose key is here."""

    def __init__(self, journal: Journal, run: str, *, env: Mapping[str, str] | None = None) -> None:
        self._journal = journal
        self._run = run
        self._env = env

    async def sheet(self, step: str) -> Sheet:
        case, key = await self._case()
        where = offering.step_of(case, step)
        statement, _ = await asyncio.to_thread(
            offering.put_before, case, where, key.principal, _LATER, at=datetime.now(UTC)
        )
        return Sheet(
            step=step,
            role=statement.role,
            signer=statement.signer,
            name=statement.name,
            key=f"{key.fingerprint} ({key.source})",
            lines=tuple(of_statement(statement)),
            material=statement.material,
            asks=bool(key.file),
        )

    async def sign(self, sheet: Sheet, meaning: str, *, reject: bool = False) -> str:
        case, key = await self._case()
        if case.state.material != sheet.material or key.principal != sheet.signer:
            raise offering.NotSigned("the run went on while you read: look again, then sign. Nothing was signed.")
        where = offering.step_of(case, sheet.step)
        now = datetime.now(UTC)
        decision = REJECT if reject else APPROVE
        _, data = offering.put_before(case, where, key.principal, meaning, at=now, decision=decision)
        signature = await asyncio.to_thread(
            sign_with, key, data, namespace=SIGN_OFF, env=self._env, silent=not sheet.asks
        )
        event, _ = await offering.record(
            self._journal, case, (data, signature), how=key.source, now=lambda: datetime.now(UTC)
        )
        if reject:
            return f"recorded: {sheet.name} says no as {sheet.role}"
        more = "" if getattr(event, "complete", True) else "; more people have to sign as this"
        return f"signed as {sheet.role} by {sheet.name}{more}"

    async def _case(self) -> tuple[offering.Case, OwnKey]:
        _, runbook = await load(self._journal, self._run)
        case = await offering.open_case(self._journal, self._run, runbook)
        keys = await asyncio.to_thread(keys_here, case.roster, self._env)
        return case, whose(keys, self._env)
