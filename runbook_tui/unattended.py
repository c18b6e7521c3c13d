"""Runs without a screen: what the command line says yes to beforehand, and where it stops."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

    from runbook_tui.run.conductor import Conductor
    from runbook_tui.run.headless import Consent, Stop
    from runbook_tui.run.ports import Journal


def add_where(sub: argparse.ArgumentParser) -> None:
    """Where a new run's commands go."""
    sub.add_argument("--target", default="local", help="where commands run that name no target of their own")
    sub.add_argument(
        "--inventory",
        action="append",
        default=[],
        metavar="FILE|ssh:PATTERN",
        help="hosts and groups: our YAML, an Ansible inventory, or names of ssh_config",
    )
    sub.add_argument("--profile", default="default", help="a name for the circumstances, kept in the record")
    sub.add_argument("--ticket", default="", metavar="REF", help="the change or issue this run belongs to")


def add_preflight(sub: argparse.ArgumentParser) -> None:
    """Which runbook, and whether new keys are taken over."""
    sub.add_argument("file")
    sub.add_argument("--trust-new", action="store_true", help="take over host keys not known yet: compare them first")
    add_where(sub)


def add_consent(sub: argparse.ArgumentParser) -> None:
    """What a run without a screen may do."""
    sub.add_argument("--headless", action="store_true", help="no screen: stop where a person is needed")
    sub.add_argument("--yes", action="store_true", help="confirm steps that change something (it signs nothing)")
    sub.add_argument("--yes-destroy", action="store_true", help="confirm steps that destroy something as well")
    sub.add_argument("--var", action="append", default=[], metavar="NAME=VALUE", help="the value of a placeholder")
    sub.add_argument(
        "--at",
        action="append",
        default=[],
        metavar="HOST=TARGET",
        help="where commands go that the document says are typed on HOST (TARGET: a host, or local)",
    )
    sub.add_argument("--ask-sudo", action="store_true", help="ask for the password of sudo once, on the terminal")
    sub.add_argument(
        "--leave-out-unfit", action="store_true", help="go on without hosts that the preflight finds unfit"
    )
    sub.add_argument("--retry", action="store_true", help="run a step again that failed before")
    sub.add_argument("--adopt", action="store_true", help="take over the document as it was edited meanwhile")


def walk(args: argparse.Namespace, opener: Callable[[Journal], Awaitable[Conductor]]) -> int:
    """Walk the run that `opener` gives as far as a machine may; the exit code."""
    from msgspec.structs import replace

    from runbook_tui.run import headless

    consent = _consent(args)
    values, places = _pairs("--var", "NAME=VALUE", args.var), _pairs("--at", "HOST=TARGET", args.at)
    password = _sudo_password() if args.ask_sudo else None

    async def go(conductor: Conductor) -> Stop:
        conductor.unwatched()
        await _give(conductor, values, places, password)
        stop = await headless.walk(conductor, consent, progress(args))
        while args.ask_sudo and await _gave_another(conductor):
            stop = await headless.walk(conductor, replace(consent, retry=True), progress(args))
        return stop

    return with_conductor(args, opener, go)


def with_conductor(
    args: argparse.Namespace,
    opener: Callable[[Journal], Awaitable[Conductor]],
    act: Callable[[Conductor], Awaitable[Stop]],
) -> int:
    """Open a run, do something with it, say how it ended, let go of it; the exit code."""
    import asyncio

    from runbook_tui.console import print_json
    from runbook_tui.records import open_journal
    from runbook_tui.wiring import put_rbt_on_path

    put_rbt_on_path()

    async def whole() -> int:
        async with open_journal() as journal:
            conductor = await opener(journal)
            gc.freeze()  # what was loaded stays: collections look past it
            report = progress(args)
            report(f"run {conductor.state.run} · {conductor.state.title}")
            try:
                stop = await act(conductor)
            finally:
                await conductor.close()
            if args.json:
                from runbook_tui.run.summary import summary

                print_json(summary(conductor.runbook, conductor.state, driven=False, waiting_for=stop.waiting_for))
            word = {0: "done", 4: "rolled back"}.get(stop.code, "stopped")
            report(f"{word}: {stop.waiting_for}" if stop.waiting_for else word)
            await journal.give_drive(conductor.state.run)
            return int(stop.code)

    return asyncio.run(whole())


def progress(args: argparse.Namespace) -> Callable[[str], None]:
    """Where lines about the run go: beside the JSON, not into it."""
    from runbook_tui.console import clean

    stream = sys.stderr if args.json else sys.stdout
    return lambda line: print(clean(line), file=stream, flush=True)


def preflight(args: argparse.Namespace) -> int:
    """Look at the other machines of a runbook; exit 1 when one is not fit."""
    import asyncio
    from pathlib import Path

    from runbook_tui.console import clean, print_json, print_preflight
    from runbook_tui.records import BadInput
    from runbook_tui.run.preflight import as_json
    from runbook_tui.wiring import look_at

    found = asyncio.run(
        look_at(
            Path(args.file),
            target=args.target,
            inventories=args.inventory,
            trust_new=args.trust_new,
            say=lambda note: print(f"no effect: {clean(note)}", file=sys.stderr),
        )
    )
    if found is None:
        raise BadInput("its commands go to no other machine: give them one with --target or `targets:`")
    if args.json:
        print_json(as_json(found))
    else:
        print_preflight(found)
    return 1 if found.unfit else 0


# --- inside ---


def _consent(args: argparse.Namespace) -> Consent:
    from runbook_tui.run.headless import Consent

    return Consent(
        changes=args.yes or args.yes_destroy,
        destruction=args.yes_destroy,
        retry=args.retry,
        document=args.adopt,
        without_unfit=args.leave_out_unfit,
    )


async def _give(
    conductor: Conductor, values: list[tuple[str, str]], places: list[tuple[str, str]], password: str | None
) -> None:
    from runbook_tui.records import BadInput
    from runbook_tui.run.intents import GivePassword, GivePlace, SetVariable
    from runbook_tui.run.where import sudo_hosts

    known = {placeholder.text for placeholder in conductor.runbook.placeholders}
    for name, value in values:
        text = next((t for t in known if name in (t, t.strip("<>{}[]% "))), None)
        if text is None:
            raise BadInput(f"the document has no placeholder {name!r}; it has: {', '.join(sorted(known)) or 'none'}")
        await conductor.perform(SetVariable(name=text, value=value))
    for said, target in places:
        await conductor.perform(GivePlace(said=said, target=target))
    if password is not None:
        await conductor.perform(GivePassword(hosts=sudo_hosts(conductor.runbook, conductor.state), password=password))


async def _gave_another(conductor: Conductor) -> bool:
    """Ask again on the terminal, when a wrong password is all that kept a step from running."""
    import asyncio

    from runbook_tui.run.elevation import WRONG
    from runbook_tui.run.intents import GivePassword
    from runbook_tui.run.policy import Refused

    last = {(job.step, job.command, job.target): job for job in conductor.state.jobs.values()}
    failed = [job for job in last.values() if not job.succeeded]
    if not failed or any(job.barred != WRONG for job in failed) or not sys.stdin.isatty():
        return False
    hosts = tuple(dict.fromkeys(job.target for job in failed))
    print("sudo did not take the password.", file=sys.stderr)
    try:
        password = await asyncio.to_thread(_sudo_password)
        await conductor.perform(GivePassword(hosts=hosts, password=password))
    except (EOFError, Refused) as error:
        print(str(error) or "none given", file=sys.stderr)
        return False
    return True


def _pairs(option: str, form: str, words: list[str]) -> list[tuple[str, str]]:
    from runbook_tui.records import BadInput

    pairs = [word.partition("=") for word in words]
    if bad := next((name for name, equals, _ in pairs if not equals), None):
        raise BadInput(f"{option} wants {form}, got {bad!r}")
    return [(name, value) for name, _, value in pairs]


def _sudo_password() -> str:
    """From the terminal, not echoed, never from the command line."""
    import getpass

    return getpass.getpass("password for sudo: ")
