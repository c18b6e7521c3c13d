import os
import stat
from pathlib import Path

import pytest

from runbook_tui.journal import faults, place
from runbook_tui.run.ports import JournalError

MOUNTS = r"""
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /home rw - nfs4 server:/home rw
31 30 0:41 / /home/ana/local rw - xfs /dev/vdb rw
32 22 0:42 / /mnt/with\040blank rw - fuse.sshfs ana@host: rw
33 22 0:43 / /over rw - tmpfs tmpfs rw
34 22 0:44 / /over rw master:1 - cifs //server/share rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/var/lib", "ext4"), ("/home/ana", "nfs4"), ("/home/ana/local/rbt", "xfs"), ("/mnt/with blank/x", "fuse.sshfs"),
     ("/over/x", "cifs"), ("/homeless", "ext4")],
)  # fmt: skip
def test_the_filesystem_under_a_folder(folder, kind):
    assert place.filesystem_of(Path(folder), MOUNTS) == kind


def test_a_network_filesystem_is_refused(tmp_path):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"22 1 254:0 / {tmp_path} rw - nfs4 server:/x rw\n")
    with pytest.raises(JournalError, match=r"network filesystem \(nfs4\)"):
        place.prepare(tmp_path / "runs", mounts)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_umask_rules_in_a_private_folder_and_the_group_in_a_shared_one(tmp_path):
    before = os.umask(0o077)
    try:
        place.prepare(tmp_path / "mine")
        shared = tmp_path / "shared"
        shared.mkdir()
        shared.chmod(0o2770)
        place.prepare(shared)
    finally:
        os.umask(before)
    assert mode(tmp_path / "mine" / "runs.db") == 0o600
    assert mode(shared / "runs.db") == mode(shared / "runs.db.bell") == 0o660
    assert mode(shared / "drive") == 0o2770


def test_a_database_anybody_may_write_is_refused(tmp_path):
    place.prepare(tmp_path)
    (tmp_path / "runs.db").chmod(0o666)
    with pytest.raises(JournalError, match="chmod o-w"):
        place.prepare(tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be used"):
        place.prepare(tmp_path / "file" / "runs")


def test_who_holds_the_lock_is_read_from_the_kernel(tmp_path):
    db = tmp_path / "runs.db"
    db.touch()
    locks = tmp_path / "locks"
    locks.write_text(
        f"1: POSIX  ADVISORY  READ  7 fe:00:{db.stat().st_ino} 0 0\n"
        f"2: POSIX  ADVISORY  WRITE {os.getpid()} fe:00:{db.stat().st_ino} 0 0\n"
        f"3: POSIX  ADVISORY  WRITE 999999999 fe:00:{db.stat().st_ino} 120 120\n"
    )
    assert faults.holder_of(db, locks) == "process 999999999"
    assert faults.holder_of(tmp_path / "other.db", locks) is None
