"""A run in one tar file that proves itself with ssh-keygen and sha256sum; written the same every time, read with care.

events.jsonl       the record: a line an event, the very bytes that were hashed
blobs/SHA256       documents, outputs, snapshots, statements, signatures, each named by its own hash
run.json           what the store said: outputs, head
signoffs/N.json    the statement of the sign-off in event N, and N.json.sig its signature
allowed_signers, policy.yaml, revoked, VERIFY.md    said by the record as well: other ones are found
SHA256SUMS
report.html, report.md    for reading: nothing proves them
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Mapping
from hashlib import sha256

import msgspec

from runbook_tui.run.chain import NoBody, genesis, link, read_body
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.stored import StoredEvent, StoredOutput, StoredRun

SCHEMA = "runbook-tui/bundle@1"
LARGEST = 2 << 30  # bytes of a bundle
LARGEST_FILE = 256 << 20
MOST_FILES = 100_000
_PROOF = frozenset({"events.jsonl", "run.json", "SHA256SUMS"})
_NAME = re.compile(r"(?:blobs/[0-9a-f]{64}|signoffs/\d{1,9}\.json(?:\.sig)?|[A-Za-z0-9_]+(?:\.[a-z]{2,5})?)")


class BadBundle(OperatorError):
    """The file is no bundle that can be trusted to be read; nothing of it was unpacked."""

    exit_code = 5


class _Output(msgspec.Struct, frozen=True, kw_only=True):
    total: int
    kept: str | None
    sha256: str | None


class _About(msgspec.Struct, frozen=True, kw_only=True):
    """run.json."""

    schema: str
    run: str
    events: int
    head: str
    outputs: dict[str, _Output] | None  # null: nothing but the events tells of outputs
    tool: str = ""  # that wrote it; empty: one that did not say so yet


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of a bundle; nothing of it is believed yet."""

    stored: StoredRun
    outputs: Mapping[str, StoredOutput] | None = None
    blobs: Mapping[str, bytes]
    beside: Mapping[str, bytes] = {}  # every other file that the record may or may not bear out
    tool: str = ""
    notes: tuple[str, ...] = ()


def write(files: Mapping[str, bytes]) -> bytes:
    """The tar of these files: sorted, no time, no owner; the same files give the same bytes."""
    sums = "".join(f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in sorted({**files, "SHA256SUMS": sums.encode()}.items()):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def contents(
    stored: StoredRun, blobs: Mapping[str, bytes], *, outputs: bool = True, tool: str = ""
) -> dict[str, bytes]:
    """The files of a run that prove something. Raises BadBundle when the record is not text any more."""
    bodies = []
    for event in stored.events:
        if not isinstance(event.body, str) or "\n" in event.body:
            raise BadBundle(f"event {event.seq} is not text any more: rbt verify {stored.run} tells more")
        bodies.append(event.body.encode())
    told = {job: _Output(total=one.total, kept=one.kept, sha256=one.sha256) for job, one in stored.outputs.items()}
    about = _About(
        schema=SCHEMA, run=stored.run, events=len(bodies), head=str(stored.head), outputs=told if outputs else None,
        tool=tool,
    )  # fmt: skip
    about_bytes = msgspec.json.format(msgspec.json.encode(about, order="sorted"), indent=2)
    return {
        "events.jsonl": b"".join(body + b"\n" for body in bodies),
        "run.json": about_bytes + b"\n",
        **{f"blobs/{name}": data for name, data in blobs.items()},
    }


def read(data: bytes) -> Bundle:
    """Take a bundle apart in memory; nothing is written anywhere. Raises BadBundle with the reason.

    Its hashes and signatures are not judged here: the record is put together so that `verify` can.
    """
    files = _files(data)
    for name in ("events.jsonl", "run.json", "SHA256SUMS"):
        if name not in files:
            raise BadBundle(f"there is no {name} in it: it is no bundle, or it was cut off")
    try:
        about = msgspec.json.decode(files["run.json"], type=_About)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadBundle(f"its run.json cannot be read: {error}") from None
    if about.schema != SCHEMA:
        raise BadBundle(f"it is a {about.schema!r}; this rbt reads {SCHEMA}")
    if not files["events.jsonl"].endswith(b"\n"):
        raise BadBundle("its events.jsonl ends in the middle of an event: it was cut off")
    outputs = {
        job: StoredOutput(total=one.total, kept=one.kept, sha256=one.sha256)
        for job, one in (about.outputs or {}).items()
    }
    stored = StoredRun(
        run=about.run,
        events=_events(about.run, files["events.jsonl"]),
        outputs=outputs,
        seq=about.events,
        head=about.head,
    )
    blobs = {name.removeprefix("blobs/"): content for name, content in files.items() if name.startswith("blobs/")}
    known = outputs if about.outputs is not None else None
    beside = {name: content for name, content in files.items() if name not in _PROOF and not name.startswith("blobs/")}
    return Bundle(stored=stored, outputs=known, blobs=blobs, beside=beside, tool=about.tool, notes=tuple(_sums(files)))


def _events(run: str, text: bytes) -> tuple[StoredEvent, ...]:
    """Each with the number it says and the hash it would have: the chain is broken where a line is another.

    A bundle holds no hashes of events: they follow from the lines. What is compared in the end is the head, the
    signatures, and what others noted.
    """
    events: list[StoredEvent] = []
    prev = genesis(run)
    for body in text.split(b"\n")[:-1]:
        line = body.decode("utf-8", "replace")
        try:
            seq: int | None = read_body(body).seq
        except NoBody:
            seq = len(events) + 1
        hash_ = link(prev, body)
        events.append(StoredEvent(seq=seq, prev=prev, hash=hash_, body=line))
        prev = hash_
    return tuple(events)


def _sums(files: Mapping[str, bytes]) -> list[str]:
    """Where SHA256SUMS and the files disagree."""
    said: dict[str, str] = {}
    for line in files["SHA256SUMS"].decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        said[name] = digest
    wrong = [f"{name} is not what SHA256SUMS says" for name, data in sorted(files.items())
             if name != "SHA256SUMS" and said.get(name) != sha256(data).hexdigest()]  # fmt: skip
    return wrong + [f"{name} is missing, SHA256SUMS names it" for name in sorted(said) if name not in files]


def _files(data: bytes) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    total = 0
    if len(data) > LARGEST:
        raise BadBundle(f"{len(data) / 1e9:.1f} GB are too many for a bundle")
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            for member in tar:
                total += member.size
                _check(member, len(files), total, files)
                opened = tar.extractfile(member)
                content = opened.read() if opened is not None else b""
                if len(content) != member.size:
                    raise BadBundle(f"{_shown(member.name)} is cut off in the middle")
                files[member.name] = content
            if data[tar.offset :].strip(b"\0") or len(data) < tar.offset:
                raise BadBundle("something stands after the end of the bundle, or its end is missing")
    except tarfile.TarError as error:
        raise BadBundle(f"it is no tar file, or it was cut off: {error}") from None
    except (EOFError, ValueError, UnicodeError, OverflowError) as error:
        raise BadBundle(f"it is no tar file that can be read: {error}") from None
    return files


def _check(member: tarfile.TarInfo, count: int, total: int, files: Mapping[str, bytes]) -> None:
    name = member.name
    if not member.isreg() or member.issparse():
        raise BadBundle(f"{_shown(name)} is no plain file: bundles hold nothing else")
    if not _NAME.fullmatch(name):
        raise BadBundle(f"{_shown(name)} is no name of a file in a bundle")
    if name in files:
        raise BadBundle(f"{_shown(name)} stands in it twice")
    if member.size > LARGEST_FILE or total > LARGEST or count >= MOST_FILES:
        raise BadBundle(f"{_shown(name)}: it holds more than a bundle can")


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name)[:120]
