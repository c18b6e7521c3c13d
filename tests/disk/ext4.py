"""Power cuts on a real file system: ext4 on a loop device, shut down by its own ioctl without flushing its log.

`python -m tests.disk.ext4 SYNCHRONOUS CUTS SEED FOLDER` as root, in a mount namespace of its own: another one
would keep the dead file system mounted. One JSON object a cut on standard output.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from tests.disk import HERE
from tests.disk.examine import Cut, examine

SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN, _IOR('X', 125, __u32)
WITHOUT_LOG_FLUSH = 2  # EXT4_GOING_FLAGS_NOLOGFLUSH
SIZE = 48 * 1024 * 1024


def cannot() -> str | None:
    """Why this cannot be done here, or None."""
    if os.geteuid():
        return "only root may mount and shut down a file system"
    if missing := [name for name in ("mkfs.ext4", "losetup", "unshare", "mount") if not shutil.which(name)]:
        return f"not installed: {', '.join(missing)}"
    if not Path("/dev/loop-control").exists():
        return "there is no loop device here"
    with tempfile.TemporaryDirectory() as folder:
        image, place = Path(folder) / "try.img", Path(folder) / "disk"
        place.mkdir()
        with image.open("wb") as file:
            file.truncate(4 * 1024 * 1024)
        script = f"mkfs.ext4 -q -F {image} && mount -o loop {image} {place} && umount {place}"
        tried = subprocess.run(
            ["unshare", "-m", "--propagation", "private", "sh", "-c", script], capture_output=True, check=False
        )
    return None if tried.returncode == 0 else "no file system of our own can be mounted here (loop device, namespace)"


def cuts(synchronous: str, count: int, seed: int, folder: Path) -> list[Cut]:
    """Cut the power so many times at random moments. Raises CalledProcessError where a loop mount is refused."""
    command = ["unshare", "-m", "--propagation", "private", sys.executable, "-m", "tests.disk.ext4"]
    done = subprocess.run(
        [*command, synchronous, str(count), str(seed), str(folder)],
        capture_output=True,
        check=True,
        text=True,
        cwd=HERE.parent.parent,
        timeout=60 + 20 * count,
    )
    return [Cut(**json.loads(line)) for line in done.stdout.splitlines()]


def _one(synchronous: str, seed: int, folder: Path) -> Cut:
    chance = random.Random(seed)
    image, place, acks = folder / "disk.img", folder / "disk", folder / "acks"
    place.mkdir(exist_ok=True)
    acks.unlink(missing_ok=True)
    with image.open("wb") as file:
        file.truncate(SIZE)
    _do("mkfs.ext4", "-q", "-F", str(image))
    _do("mount", "-o", "loop", str(image), str(place))
    writer = subprocess.Popen(
        [sys.executable, str(HERE / "writer.py"), str(place / "state"), str(acks), synchronous, str(seed)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(HERE.parent.parent)},
    )
    try:
        writer.stdout.readline()
        time.sleep(chance.uniform(0.02, 0.6))
        handle = os.open(place, os.O_RDONLY)
        begun = time.monotonic()
        fcntl.ioctl(handle, SHUTDOWN, struct.pack("I", WITHOUT_LOG_FLUSH))
        os.close(handle)
        time.sleep(0.05)  # the writer meets a dead disk
    finally:
        writer.kill()
        writer.wait()
        _do("umount", str(place))
    acknowledged = {}
    for line in acks.read_text().splitlines():
        seq, digest, at = line.split()
        if float(at) < begun:  # what was said while the power went is not owed
            acknowledged[int(seq)] = digest
    _do("mount", "-o", "loop", str(image), str(place))  # the file system recovers, as after a reboot
    try:
        return examine(place / "state", acknowledged)
    finally:
        _do("umount", str(place))


def _do(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    synchronous, count, seed, folder = sys.argv[1:]
    for number in range(int(count)):
        cut = _one(synchronous, int(seed) + number, Path(folder))
        print(json.dumps(dataclasses.asdict(cut)), flush=True)
    with suppress(OSError):
        (Path(folder) / "disk.img").unlink()


if __name__ == "__main__":
    main()
