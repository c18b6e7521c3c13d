"""Which SQLite is used, and a connection that is proven to be set as it must be.

WAL with several processes needs a SQLite without the WAL-reset bug (https://sqlite.org/wal.html#walresetbug);
an older one gets the rollback journal with synchronous=EXTRA, as FULL can lose the last commit there.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

from runbook_tui.journal import place
from runbook_tui.run.ports import JournalError

Version = tuple[int, int, int]

WAL_LIMIT = 16 * 1024 * 1024  # bytes a -wal file shrinks back to


@dataclass(frozen=True, slots=True)
class Engine:
    """A SQLite library, and the way of committing that is durable with it."""

    module: ModuleType
    version: Version

    @property
    def journal_mode(self) -> str:
        return "wal" if is_safe_in_wal(self.version) else "delete"

    @property
    def synchronous(self) -> int:
        return 2 if self.journal_mode == "wal" else 3  # FULL, EXTRA

    @property
    def error(self) -> type[Exception]:
        """The base of this library's own errors; pysqlite3's are not sqlite3's."""
        found: type[Exception] = self.module.Error
        return found

    @property
    def unreadable(self) -> tuple[type[Exception], ...]:
        """What reading a damaged file may raise: its values, and SQLite's words about them, may be damaged too."""
        return (self.error, ValueError, TypeError, OverflowError)


def is_safe_in_wal(version: Version) -> bool:
    """Whether the WAL-reset bug is mended: 3.51.3, or one of the two older lines that got the fix."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)


def choose() -> Engine:
    """pysqlite3 brings its own recent SQLite; where it has no wheel, Python's."""
    try:
        from pysqlite3 import dbapi2 as module
    except ImportError:
        module = sqlite3
    return Engine(module=module, version=module.sqlite_version_info)


def connect(engine: Engine, path: Path, *, read_only: bool, busy_timeout: float) -> sqlite3.Connection:
    """An open connection that creates nothing. Call `settle` before using it."""
    # A reader that may write opens for writing (`query_only` is set): after a crash SQLite must first recover the
    # WAL's index, and refuses to with mode=ro.
    mode = "rw"
    if read_only and not place.may_write(path.parent):
        mode = "ro&immutable=1" if is_closed_and_not_ours(path) else "ro"
    connection: sqlite3.Connection = engine.module.connect(
        f"file:{quote(str(path))}?mode={mode}", uri=True, isolation_level=None, timeout=busy_timeout
    )
    return connection


def is_closed_and_not_ours(path: Path) -> bool:
    """Nobody has it open and we may not write beside it: then SQLite reads a WAL file only when told it is fixed."""
    return not place.may_write(path.parent) and not path.with_name(path.name + "-wal").exists()


def settle(connection: sqlite3.Connection, engine: Engine, *, read_only: bool, busy_timeout: float) -> None:
    """Set every pragma and read it back; a value that did not take means other guarantees than ours."""
    wanted: dict[str, object] = {
        "busy_timeout": round(busy_timeout * 1000),
        "foreign_keys": 1,
        "trusted_schema": 0 if engine.version >= (3, 44, 0) else 1,  # 3.40 takes its own json_extract for unsafe
        "cell_size_check": 1,
    }
    if read_only:
        wanted["query_only"] = 1
    else:
        wanted["journal_mode"] = engine.journal_mode
        wanted["synchronous"] = engine.synchronous
        wanted["journal_size_limit"] = WAL_LIMIT
    for name, value in wanted.items():
        connection.execute(f"PRAGMA {name} = {value}").fetchall()
        found = connection.execute(f"PRAGMA {name}").fetchone()
        if found != (value,):
            raise JournalError(
                f"The journal's {name} is {found[0] if found else 'not known to SQLite'} and would not become {value}, "
                f"so a commit might not be durable. Nothing was written. Close every other rbt on it and try again "
                f"(SQLite {'.'.join(map(str, engine.version))})."
            )
