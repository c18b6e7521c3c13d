"""`rbt backup` and `rbt restore`; what `rbt doctor` says and does about the journal's file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook_tui.console import clean, print_json
from runbook_tui.journal import backup as copying
from runbook_tui.journal import faults, place, repair
from runbook_tui.journal import restore as putting_back
from runbook_tui.keeping import trouble_with_copies
from runbook_tui.places import state_folder
from runbook_tui.records import BadInput, SystemClock, whoami
from runbook_tui.run.ports import JournalError

if TYPE_CHECKING:
    import argparse

OLD = 3600.0 * 24  # seconds after which a copy is called old


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rbt backup` understands."""
    parser.add_argument("--to", metavar="FOLDER", help="where to (RBT_BACKUP, else backup/ in the state folder)")
    parser.add_argument("--list", action="store_true", help="the copies there are; makes none")


def restore_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rbt restore` understands."""
    parser.add_argument("file", nargs="?", help="the copy (the newest one that is sound when none is named)")
    parser.add_argument("--older", action="store_true", help="also when the journal holds more than the copy")


def backup(args: argparse.Namespace) -> int:
    """Copy the journal; 5 when it is not sound."""
    state = state_folder()
    folder = Path(args.to).expanduser().absolute() if args.to else None
    if args.list:
        return _list(folder or copying.folder_of(state), json=args.json)
    made = copying.make(state, now=datetime.now(UTC), folder=folder)
    runs = len(made.runs)
    if args.json:
        print_json(
            {
                "schema": "runbook-tui/backup@1",
                "file": str(made.copy.path),
                "bytes": made.copy.bytes,
                "seconds": round(made.seconds, 3),
                "events": made.events,
                "removed": made.removed,
                "runs": [{"run": run.run, "events": run.seq, "head": run.head} for run in made.runs],
            }
        )
    else:
        print(clean(str(made.copy.path)))
        print(f"{_size(made.copy.bytes)}, {runs} runs, {made.events} events, every hash looked at")
    return 0


def restore(args: argparse.Namespace) -> int:
    """Put a copy back; 3 when it would lose something or a run is driven, 5 when the copy is not sound."""
    state = state_folder()
    copy = _named(args.file) if args.file else _newest(state)
    done = putting_back.restore(state, copy, clock=SystemClock(), actor=whoami(), older=args.older)
    if args.json:
        print_json(
            {
                "schema": "runbook-tui/restore@1",
                "file": str(done.path),
                "runs": done.runs,
                "events": done.events,
                "set_aside": str(done.aside) if done.aside else None,
                "lost": [{"run": loss.run, "events": loss.events, "whole": loss.whole} for loss in done.losses],
            }
        )
        return 0
    print(f"restored {clean(done.path.name)}: {done.runs} runs, {done.events} events")
    for loss in done.losses:
        print(f"  no longer in the journal: {clean(loss.sentence)}")
    if done.aside:
        print(f"what was there before is in {clean(str(done.aside))}")
    return 0


def _list(folder: Path, *, json: bool) -> int:
    found = copying.copies(folder)
    if json:
        rows = [
            {"file": str(copy.path), "at": copy.at.isoformat(), "bytes": copy.bytes, "label": copy.label}
            for copy in found
        ]
        print_json({"schema": "runbook-tui/backups@1", "folder": str(folder), "backups": rows})
        return 0
    if not found:
        print(f"no copies in {clean(str(folder))}")
    for copy in found:
        print(f"{copy.at:%Y-%m-%d %H:%M:%S}  {_size(copy.bytes):>9}  {clean(copy.path.name)}")
    return 0


def _named(file: str) -> copying.Copy:
    path = Path(file).expanduser().absolute()
    if not path.is_file():
        known = copying.folder_of(state_folder()) / file
        if not known.is_file():
            raise BadInput(f"{file} is no copy of a journal; rbt backup --list tells those there are")
        path = known
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return copying.Copy(path=path, at=at, bytes=path.stat().st_size)


def _newest(state: Path) -> copying.Copy:
    found = repair.newest_sound(state)
    if found is None:
        raise BadInput(f"there is no sound copy in {copying.folder_of(state)}; name one, or see rbt doctor")
    return found


# --- for rbt doctor ---


def journal_checks(state: Path) -> list[tuple[str, str, str]]:
    """Name, verdict and what to say of the journal's file and of its copies; changes nothing."""
    path = state / place.DATABASE
    if not path.is_file() or not path.stat().st_size:
        noted = _gone(state)
        return [noted] if noted else []
    return [_file(state), _copies(state)]


def _gone(state: Path) -> tuple[str, str, str] | None:
    from runbook_tui.journal.heads import noted

    if not (runs := noted(state)):
        return None
    return ("record", "fail", f"runs.db is gone; {len(runs)} runs were in it. {_way_out(state)}")


def _file(state: Path) -> tuple[str, str, str]:
    try:
        found = copying.examine_journal(state)
    except faults.DamagedFile as error:
        return ("record", "fail", f"{error} {_way_out(state)}")
    except JournalError as error:
        return ("record", "fail", str(error))
    if found.sound:
        return (
            "record",
            "ok",
            f"{found.events} events in {len(found.runs)} runs: pages, chains and evidence are whole",
        )
    told = "; ".join(flaw.what for flaw in found.flaws[:4])
    more = f"; and {len(found.flaws) - 4} more" if len(found.flaws) > 4 else ""
    return ("record", "fail", f"{told}{more}. {_way_out(state)}")


def _way_out(state: Path) -> str:
    found = repair.newest_sound(state)
    if found is None:
        return "There is no sound copy. rbt doctor --repair saves what can be read; what is there now is set aside."
    return (
        f"rbt doctor --repair puts together what can be proven from it and from the copies "
        f"(the newest sound one: {found.path.name}); what is there now is set aside."
    )


def _copies(state: Path) -> tuple[str, str, str]:
    found = copying.copies(copying.folder_of(state))
    if trouble := trouble_with_copies(state):
        return ("copies", "warn", f"the newest copy could not be made: {trouble}")
    if not found:
        return ("copies", "warn", "no copy of the journal yet: one is made every 15 minutes of a run, or by rbt backup")
    newest = found[0]
    changed = (state / place.DATABASE).stat().st_mtime
    age = changed - newest.at.timestamp()
    where = f"{len(found)}, the newest of {newest.at:%Y-%m-%d %H:%M} UTC"
    if age > OLD:
        return ("copies", "warn", f"{where}: a day older than the journal; rbt backup makes one")
    beside = "" if copying.folder_of(state).parent != state else ", on the same disk (RBT_BACKUP names another)"
    return ("copies", "ok", f"{where}{beside}")


def repair_journal(*, json: bool) -> int:
    """Put a damaged journal together again; 0 when nothing was lost, 5 when something was."""
    state = state_folder()
    checks = [check for check in journal_checks(state) if check[0] == "record"]
    if not checks or checks[0][1] == "ok":
        if json:
            print_json({"schema": "runbook-tui/repair@1", "repaired": False, "lost": 0, "runs": []})
        else:
            print("the journal is whole: nothing was repaired, nothing was changed")
        return 0
    done = repair.repair(state, clock=SystemClock(), actor=whoami())
    if json:
        print_json(_as_json(done))
    else:
        _tell(done)
    return 0 if done.nothing_lost else 5


def _as_json(done: repair.Repaired) -> dict[str, Any]:
    return {
        "schema": "runbook-tui/repair@1",
        "repaired": True,
        "lost": done.lost,
        "evidence_lost": list(done.evidence_lost),
        "outputs_lost": [{"run": run, "job": job} for run, job in done.outputs_lost],
        "set_aside": str(done.aside) if done.aside else None,
        "runs": [
            {"run": run.run, "events": run.events, "lost": run.lost, "from": list(run.sources)} for run in done.runs
        ],
    }


def _tell(done: repair.Repaired) -> None:
    for run in done.runs:
        held = f" from {', '.join(run.sources)}" if run.sources else ""
        lost = f"; LOST: {run.lost} that are known to have been there" if run.lost else ""
        print(clean(f"run {run.run}: {run.events} events are whole{held}{lost}"))
    if done.evidence_lost:
        print(f"LOST: {len(done.evidence_lost)} pieces of evidence (outputs, documents) that no file holds any more")
    for name, job in done.outputs_lost:
        print(clean(f"LOST: output of job {job} in run {name}, or a part of it: what could be read is kept"))
    if done.nothing_lost:
        print("nothing was lost")
    if done.aside:
        print(f"what was there before is in {clean(str(done.aside))}")


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.0f} kB"
