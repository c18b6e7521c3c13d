"""A bundle is made the same way every time, and read with suspicion."""

import io
import tarfile

import pytest

from runbook_tui.report import bundle
from runbook_tui.report.bundle import BadBundle
from runbook_tui.run.stored import StoredEvent, StoredOutput, StoredRun
from tests.unit.report.told import full


def stored() -> StoredRun:
    made = full()
    from runbook_tui.journal import chain

    rows = []
    for record in made.records:
        body = chain.encode(
            run=record.run, seq=record.seq, at=record.at, actor=record.actor, epoch=record.epoch, event=record.event
        )
        rows.append(StoredEvent(record.seq, record.prev, record.hash, body.decode()))
    outputs = {"job-1": StoredOutput(total=8, kept="a" * 64, sha256="b" * 64)}
    return StoredRun(run=made.name, events=tuple(rows), outputs=outputs, seq=rows[-1].seq, head=rows[-1].hash)


def made(**more: bytes) -> bytes:
    return bundle.write({**bundle.contents(stored(), {"c" * 64: b"content of it"}), "VERIFY.md": b"how\n", **more})


def test_what_goes_in_comes_out() -> None:
    found = bundle.read(made())
    assert found.stored == stored()
    assert found.blobs == {"c" * 64: b"content of it"}
    assert found.notes == ()
    assert made() == made()


def raw(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for member, data in members:
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def member(name: str, data: bytes = b"x", **fields) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


HOSTILE = {
    "up": [member("../evil")],
    "absolute": [member("/etc/passwd")],
    "deep": [member("blobs/../../evil")],
    "hidden": [member(".bashrc")],
    "control": [member("a\x1b[31m")],
    "symlink": [member("run.json", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd")],
    "hardlink": [member("run.json", b"", type=tarfile.LNKTYPE, linkname="VERIFY.md")],
    "device": [member("run.json", b"", type=tarfile.CHRTYPE)],
    "fifo": [member("run.json", b"", type=tarfile.FIFOTYPE)],
    "folder": [member("blobs", b"", type=tarfile.DIRTYPE)],
    "twice": [member("run.json"), member("run.json")],
    "bad blob name": [member("blobs/short")],
    "long name": [member("a" * 300)],
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_members_are_refused(what: str) -> None:
    with pytest.raises(BadBundle):
        bundle.read(raw(*HOSTILE[what]))


def test_a_file_that_claims_to_be_huge_is_refused_before_it_is_read() -> None:
    info, _ = member("events.jsonl")
    info.size = 1 << 40
    with pytest.raises(BadBundle):
        bundle.read(info.tobuf(format=tarfile.GNU_FORMAT) + b"\0" * 1024)


def test_compressed_bombs_are_no_bundles() -> None:
    import gzip

    for data in (gzip.compress(made()), b"", b"\0" * 10240, b"not a tar" * 1000):
        with pytest.raises(BadBundle):
            bundle.read(data)


def test_cut_off_anywhere_it_is_refused() -> None:
    data = made()
    for size in [*range(0, len(data), max(512, len(data) // 60)), len(data) - 10240]:
        try:
            found = bundle.read(data[:size])
        except BadBundle:
            continue
        assert found.notes or not data[size:].strip(b"\0"), size


def test_a_changed_file_is_told() -> None:
    data = made()
    found = bundle.read(data.replace(b"content of it", b"CONTENT of it"))
    assert found.notes == (f"blobs/{'c' * 64} is not what SHA256SUMS says",)


@pytest.mark.parametrize("seed", range(200))
def test_flipped_bytes_never_end_in_a_traceback(seed: int) -> None:
    import random

    dice = random.Random(seed)
    data = bytearray(made())
    for _ in range(dice.randrange(1, 6)):
        data[dice.randrange(len(data) - 10240)] ^= 1 << dice.randrange(8)
    try:
        found = bundle.read(bytes(data))
    except BadBundle:
        return
    assert found.notes or found.stored != stored() or bytes(data) != made()
