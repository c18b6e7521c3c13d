"""A process that has the modules of `rbt` loaded already and forks for every command: what a test asks for is a real
process of its own, without a second of imports before it. That they load late and load at all is told by other tests.

Run by `tests.rbt`; it speaks over the file descriptor it is given and ends when nobody holds the other end.
"""

from __future__ import annotations

import array
import atexit
import gc
import importlib
import json
import os
import signal
import socket
import sys
import threading
import traceback

PRELOADED = (
    "asyncssh",
    "yaml",
    "runbook_tui.cli",
    "runbook_tui.app_commands",
    "runbook_tui.backup_commands",
    "runbook_tui.bundling",
    "runbook_tui.desk",
    "runbook_tui.doctor",
    "runbook_tui.document_commands",
    "runbook_tui.gate_commands",
    "runbook_tui.record_commands",
    "runbook_tui.rehearsal.commands",
    "runbook_tui.rehearsal.opening",
    "runbook_tui.report_commands",
    "runbook_tui.signing_commands",
    "runbook_tui.unattended",
    "runbook_tui.document.reader",
)


def serve(control: socket.socket) -> None:
    """One datagram a command: its words, environment and folder, with its stdin, stdout, stderr and a pipe."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        data, ancillary, _, _ = control.recvmsg(1 << 20, socket.CMSG_SPACE(4 * array.array("i").itemsize))
        if not data:
            return
        fds = array.array("i", ancillary[0][2][: 4 * array.array("i").itemsize])
        if os.fork() == 0:
            control.close()
            _attend(json.loads(data), list(fds))
        for fd in fds:
            os.close(fd)


def _attend(asked: dict, fds: list[int]) -> None:
    """Start the command, and tell its process and its end over the pipe."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    told = fds[3]
    pid = os.fork()
    if pid == 0:
        os.close(told)
        _be(asked, fds[:3])
    os.write(told, f"{pid}\n".encode())
    for fd in fds[:3]:
        os.close(fd)
    _, status = os.waitpid(pid, 0)
    os.write(told, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _be(asked: dict, fds: list[int]) -> None:
    """`python -m runbook_tui WORDS`."""
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
        os.close(fd)
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    sys.argv = ["rbt", *asked["words"]]
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False, buffering=1, errors="backslashreplace")
    code = 1
    try:
        from runbook_tui.cli import main

        code = main()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:
        traceback.print_exc()
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    for name in PRELOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
