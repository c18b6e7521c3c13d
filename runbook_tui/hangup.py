"""A terminal that is closed ends the app, also where nobody passes SIGHUP on: `make`, for one, keeps it to itself."""

from __future__ import annotations

import os
import select
import signal
import threading
import time

GRACE = 1.0  # seconds for the signal, which who calls rbt may have switched off (nohup)


def end_when_closed(fd: int) -> None:
    """Look at this terminal from a thread; the process ends by SIGHUP when the other side of it is gone.

    Reading it would only tell "nothing more" again and again, and what is painted would wait for ever. Nothing is
    lost by it: what was acknowledged is on disk, and commands go on under their supervisor.
    """
    threading.Thread(target=_look, args=(fd,), name="hangup", daemon=True).start()


def _look(fd: int) -> None:
    poll = select.poll()
    poll.register(fd, 0)  # that it is closed is told without being asked for
    while True:
        told = dict(poll.poll())
        if told.get(fd, 0) & select.POLLNVAL:  # a system that cannot be asked about terminals
            return
        if told.get(fd, 0) & (select.POLLHUP | select.POLLERR):
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(GRACE)
            os._exit(128 + signal.SIGHUP)
