import subprocess
import sys
from pathlib import Path

import pytest

from runbook_tui.journal.sqlite import SqliteJournal

sys.path.insert(0, str(Path(__file__).parent))
from writer import WallClock, started

WRITER = Path(__file__).with_name("writer.py")


@pytest.fixture
async def opened():
    """Opens journals and closes them after the test."""
    journals = []

    async def open_(folder, **options):
        options = {"clock": WallClock(), "actor": "ana@bastion", "busy_timeout": 0.3} | options
        journal = await SqliteJournal.open(folder, **options)
        journals.append(journal)
        return journal

    yield open_
    for journal in journals:
        await journal.close()


@pytest.fixture
async def journal(opened, tmp_path):
    journal = await opened(tmp_path)
    await journal.open_run("r", *started())
    return journal


@pytest.fixture
def process():
    """Starts other processes and ends them after the test."""
    started_ = []

    def start(*arguments):
        child = subprocess.Popen(
            [sys.executable, str(WRITER), *map(str, arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip
        started_.append(child)
        return child

    yield start
    for child in started_:
        child.kill()
        child.communicate()
