"""`rbt sign`, `rbt verify` and `rbt head`: approvals by key, and the check of a whole run, on the command line."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from runbook_tui.anchoring import anchor_everywhere, ask_anchors
from runbook_tui.bundling import evidence_in
from runbook_tui.console import clean, print_json
from runbook_tui.evidence import evidence_of, head_line, heads_in
from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.records import BadInput, find_run, load, open_journal, read_bytes
from runbook_tui.run.fold import fold
from runbook_tui.run.ledger import Ledger
from runbook_tui.signing import offering
from runbook_tui.signing.identity import keys_here, sign_with, whose
from runbook_tui.signing.names import SIGN_OFF
from runbook_tui.signing.policy_file import recorded_part
from runbook_tui.signing.statement import APPROVE, REJECT, Statement, read_statement
from runbook_tui.signing.verification import verify
from runbook_tui.signing.words import of_findings, of_statement

if TYPE_CHECKING:
    import argparse

    from runbook_tui.signing.evidence import Evidence
    from runbook_tui.signing.findings import Finding, Findings

SCHEMA = "runbook-tui/sign@1"
VERIFIED = "runbook-tui/verify@1"
NEEDS_PERSON = 3


# --- rbt sign ------------------------------------------------------------------------------------


def sign_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", help="the newest unfinished one when none is named")
    parser.add_argument("--role", help="as the document names it; a beginning is enough")
    parser.add_argument("--meaning", metavar="TEXT", help="what your signature says: “approved for production”")
    parser.add_argument("--reject", action="store_true", help="say no, with the meaning as the reason")
    parser.add_argument("--key", metavar="FILE", help="your key; without it one of the agent's (RBT_KEY)")
    parser.add_argument("--as", dest="who", metavar="PRINCIPAL", help="your name in allowed_signers (RBT_AS)")
    parser.add_argument("--yes", action="store_true", help="sign what is shown without being asked")
    parser.add_argument("--request", metavar="FILE", help="write what is to be signed, to sign it on another machine")
    parser.add_argument("--import", dest="take", metavar="FILE", help="take a signed request back: FILE and FILE.sig")


def sign(args: argparse.Namespace) -> int:
    """Sign for a role; 0 when it is recorded. Raises OperatorError with the reason when it is not."""
    return asyncio.run(_sign(args))


async def _sign(args: argparse.Namespace) -> int:
    async with open_journal() as journal:
        run = await find_run(journal, args.run)
        _, runbook = await load(journal, run)
        case = await offering.open_case(journal, run, runbook)
        if args.take:
            return await _import(args, journal, case)
        if not args.role:
            raise BadInput("say as what you sign: --role ROLE")
        step = offering.sign_off_step(case, args.role)
        decision = REJECT if args.reject else APPROVE
        if args.request:
            return await _request(args, case, step, decision)
        key = whose(await asyncio.to_thread(keys_here, case.roster, file=args.key or ""), principal=args.who or "")
        meaning = args.meaning or _ask_meaning(decision)
        now = datetime.now(UTC)
        statement, data = offering.put_before(case, step, key.principal, meaning, at=now, decision=decision)
        _show(statement, args)
        if not args.yes and not _agreed(statement):
            sys.stderr.write("rbt: nothing was signed\n")
            return NEEDS_PERSON
        signature = await asyncio.to_thread(sign_with, key, data, namespace=SIGN_OFF)
        return await _record(args, journal, case, (data, signature), how=key.source)


async def _request(args: argparse.Namespace, case: offering.Case, step: Any, decision: str) -> int:
    """The statement as a file, and how to sign it with nothing but ssh-keygen."""
    if not args.who:
        raise BadInput("say who will sign: --as NAME, as it stands in allowed_signers")
    if not args.meaning:
        raise BadInput("say what the signature will say: --meaning TEXT")
    statement, data = offering.put_before(case, step, args.who, args.meaning, at=datetime.now(UTC), decision=decision)
    path = Path(args.request)
    await asyncio.to_thread(path.write_bytes, data)
    _show(statement, args)
    if args.json:
        print_json(_told(statement, recorded=None, request=str(path)))
        return 0
    sys.stdout.write(
        f"\nWritten to {path}. Where the key is: read it, then\n"
        f"  ssh-keygen -Y sign -f ~/.ssh/id_ed25519 -n {SIGN_OFF} {path.name}\n"
        f"Bring {path.name} and {path.name}.sig back:\n  rbt sign {case.state.run} --import {path.name}\n"
    )
    return 0


async def _import(args: argparse.Namespace, journal: SqliteJournal, case: offering.Case) -> int:
    path = Path(args.take)
    data, signature = await asyncio.to_thread(lambda: (read_bytes(path), read_bytes(Path(f"{path}.sig"))))
    return await _record(args, journal, case, (data, signature), how="detached")


async def _record(
    args: argparse.Namespace, journal: SqliteJournal, case: offering.Case, files: tuple[bytes, bytes], *, how: str
) -> int:
    event, kept = await offering.record(journal, case, files, how=how, now=lambda: datetime.now(UTC))
    statement = read_statement(files[0])
    if args.json:
        print_json(_told(statement, recorded=kept.seq, fingerprint=event.fingerprint))
    else:
        word = "rejected" if statement.decision == REJECT else "signed"
        more = "" if getattr(event, "complete", True) else "; more people have to sign as this"
        sys.stdout.write(clean(f"{word} as {statement.role} by {statement.name}, event {kept.seq}{more}\n"))
    ledger = Ledger(journal, fold(await journal.read(case.state.run)))
    await _anchor(ledger, owed=True)
    return 0


async def _anchor(ledger: Ledger, *, owed: bool) -> bool:
    """Write the head down where the policy says so, and say on standard error how it went; whether all took it."""
    told = await anchor_everywhere(ledger, now=lambda: datetime.now(UTC), owed=owed)
    for place, why in told.items():
        how = f"was not written down in {place}: {why}" if why else f"is written down in {place}"
        sys.stderr.write(clean(f"rbt: the head {how}\n"))
    return not any(told.values())


def _show(statement: Statement, args: argparse.Namespace) -> None:
    """On standard error when standard output is for a machine."""
    out = sys.stderr if args.json else sys.stdout
    out.write("".join(f"{clean(line)}\n" for line in of_statement(statement)))


def _ask_meaning(decision: str) -> str:
    if not sys.stdin.isatty():
        raise BadInput("a signature wants its meaning: --meaning “approved for production”")
    asked = "why not: " if decision == REJECT else "your signature says (for instance: approved for production): "
    return _typed(asked)


def _agreed(statement: Statement) -> bool:
    """A whole word, typed by somebody who is there."""
    if not sys.stdin.isatty():
        sys.stderr.write("rbt: nobody is there to say yes: --yes signs what is shown\n")
        return False
    return _typed(clean(f"\nSign this as {statement.role}? Type yes: ")).strip().casefold() == "yes"


def _typed(asked: str) -> str:
    """A line; empty where nothing was typed and the input ended."""
    try:
        return input(asked)
    except EOFError:
        sys.stdout.write("\n")
        return ""


def _told(statement: Statement, *, recorded: int | None, fingerprint: str = "", request: str = "") -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "run": statement.run,
        "role": statement.role,
        "step": statement.step,
        "by": statement.name,
        "signer": statement.signer,
        "fingerprint": fingerprint or None,
        "decision": statement.decision,
        "meaning": statement.meaning,
        "covers": statement.seq,
        "event": recorded,
        "request": request or None,
    }


# --- rbt verify, rbt head ------------------------------------------------------------------------


def verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", metavar="RUN|BUNDLE", help="a run of this journal, or an exported bundle")
    parser.add_argument(
        "--signers", metavar="FILE", help="your own copy of allowed_signers, instead of the recorded one"
    )
    parser.add_argument("--policy", metavar="FILE", help="your own copy of policy.yaml, instead of the recorded one")
    parser.add_argument("--revoked", metavar="FILE", help="keys revoked since: a KRL, or one public key a line")
    parser.add_argument(
        "--offline", action="store_true", help="do not ask the places where policy.yaml has heads written down"
    )
    parser.add_argument(
        "--expect", action="append", default=[], metavar="FILE|-", help="heads that were noted elsewhere (rbt head)"
    )


def main(args: argparse.Namespace) -> int:
    """Check a run and say what was found; 5 when its integrity is violated, 1 when something is void, else 0."""
    evidence, faults = _evidence(args)
    heads = [head for name in args.expect for head in _heads(name, evidence.run)]
    if args.expect and not heads:
        raise BadInput(f"there is no head of {evidence.run} in {', '.join(args.expect)}: rbt head writes them")
    own: dict[str, Any] = {
        "signers": read_bytes(Path(args.signers)) if args.signers else evidence.signers,
        "policy": recorded_part(read_bytes(Path(args.policy)), args.policy) if args.policy else evidence.policy,
        "revoked": read_bytes(Path(args.revoked)) if args.revoked else evidence.revoked,
    }
    kept, untold = ((), ()) if args.offline else asyncio.run(ask_anchors(evidence))
    found = verify(msgspec.structs.replace(evidence, heads=(*evidence.heads, *kept, *heads), **own))
    found = msgspec.structs.replace(found, findings=(*faults, *found.findings, *untold))
    if args.json:
        print_json(as_json(found))
    else:
        sys.stdout.write("".join(f"{clean(line)}\n" for line in of_findings(found)))
    return found.exit_code


def _evidence(args: argparse.Namespace) -> tuple[Evidence, tuple[Finding, ...]]:
    """Of a bundle where a file is named, else of a run; and what is wrong with the bundle itself."""
    if args.run and (args.run.endswith(".tar") or "/" in args.run):
        return evidence_in(Path(args.run))

    async def of_run() -> Evidence:
        async with open_journal(read_only=True) as journal:
            return await evidence_of(journal, await find_run(journal, args.run))

    return asyncio.run(of_run()), ()


def _heads(name: str, run: str) -> list[Any]:
    text = sys.stdin.read() if name == "-" else read_bytes(Path(name)).decode("utf-8", "replace")
    return list(heads_in(text, run, "standard input" if name == "-" else name))


def as_json(found: Findings) -> dict[str, Any]:
    """The contract of `rbt verify --json` (docs/json.md)."""
    return {
        "schema": VERIFIED,
        "run": found.run,
        "verdict": "violated" if found.violated else "open" if found.exit_code else "holds",
        "anchored": list(found.anchored),
        "events": found.events,
        "head": found.head,
        "material_head": found.material,
        "first": _time(found.first),
        "last": _time(found.last),
        "documents": found.documents,
        "outputs": found.outputs,
        "output_bytes": found.output_bytes,
        "signoffs": [
            {
                "event": off.seq,
                "step": off.step,
                "role": off.role,
                "by": off.name,
                "signer": off.signer or None,
                "fingerprint": off.fingerprint or None,
                "meaning": off.meaning,
                "at": _time(off.at),
                "signed_at": _time(off.signed_at),
                "state": off.standing.value.replace(" ", "_"),
                "deputy": off.deputy,
                "covers": off.covers,
                "statement_sha256": off.statement or None,
                "reasons": list(off.reasons),
            }
            for off in found.signoffs
        ],
        "findings": [
            {"code": one.code, "weight": one.weight.value, "text": one.text, "event": one.seq} for one in found.findings
        ],
        "cannot_tell": list(found.cannot_tell),
    }


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def head_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", help="the newest unfinished one when none is named")
    parser.add_argument("--anchor", action="store_true", help="write it down now where policy.yaml says so, too")


def head(args: argparse.Namespace) -> int:
    """One line that somebody else keeps; 1 when a place of the policy did not take it."""

    async def line() -> tuple[str, bool]:
        async with open_journal(read_only=not args.anchor) as journal:
            run = await find_run(journal, args.run)
            told = head_line(await evidence_of(journal, run))
            if not args.anchor:
                return told, True
            return told, await _anchor(Ledger(journal, fold(await journal.read(run))), owed=False)

    told, taken = asyncio.run(line())
    sys.stdout.write(told + "\n")
    return 0 if taken else 1
