"""Where a command goes: its own target, the run's, or the machine the text speaks of once a person said so. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runbook_tui.document import hosts as said
from runbook_tui.document.runbook import Behaviour, Command, Runbook
from runbook_tui.run.elevation import says_sudo
from runbook_tui.run.events import Purpose, Resolution
from runbook_tui.run.state import JobPhase, JobState, RunState

LOCAL = "local"
_NOT_A_HOST = ("kubectl:", "docker:", "podman:", "nerdctl:", "crictl:")


def typed_on(command: Command) -> str | None:
    """The host, as written, that the document says the command is typed on: behind `ssh host`, or at its prompt.

    None where it says nothing, and where the command has a target of its own. It is offered, never obeyed.
    """
    host = command.said_target
    if command.target is not None or not host or host.startswith(_NOT_A_HOST):
        return None
    at_its_prompt = command.prompt is not None and said.of_prompt(command.prompt) is not None
    return host if command.in_session or at_its_prompt else None


def target_of(state: RunState, command: Command) -> str | None:
    """The name of its target; None while nobody has said whether it goes where the text says."""
    if command.target is not None:
        return command.target
    host = typed_on(command)
    return state.target if host is None else state.accepted.get(host)


def may_run(command: Command) -> bool:
    """Whether the command could be run from here at all, once it has its values and its place."""
    if command.in_session:
        return typed_on(command) is not None and command.why_not in (None, "session", "placeholder")
    return command.runnable or command.why_not == "placeholder"


def offered(state: RunState, commands: Iterable[Command]) -> list[Command]:
    """Those that are run from here; what only opens a session is not, when its commands go there by themselves."""
    return [
        command
        for command in commands
        if may_run(command) and not (command.opens_session and command.said_target in state.accepted)
    ]


def hosts_of(state: RunState, command: Command) -> tuple[str, ...]:
    """The hosts it goes to, those left out of the run not counted; none while its place is not known."""
    name = target_of(state, command)
    if name is None:
        return ()
    hosts = state.hosts.get(name, (name,))
    return tuple(host for host in hosts if host not in state.left_out) if len(hosts) > 1 else hosts


def place_of(state: RunState, command: Command) -> str:
    """Where a command goes, for a person to read: the target's name, and every host when it stands for several."""
    hosts = hosts_of(state, command)
    name = target_of(state, command) or "nowhere yet"
    return name if hosts in ((), (name,)) else f"{name}: {', '.join(hosts)}"


def goes_to(place: str, host: str) -> bool:
    """Whether that host is meant by a place as `place_of` writes it."""
    return place == host or host in place.partition(": ")[2].split(", ")


def satisfied(command: Command, job: JobState | None) -> bool:
    """Whether a command needs no further run: it succeeded, or it never ends and was stopped by the operator."""
    if job is None:
        return False
    return job.succeeded or (command.behaviour is Behaviour.ENDLESS and job.phase is JobPhase.CANCELLED)


def hosts_left(
    state: RunState, step_id: str, command: Command, hosts: Sequence[str], purpose: Purpose = Purpose.STEP
) -> list[str]:
    """Those of the hosts on which the command has not succeeded since the step was last opened."""
    return [host for host in hosts if not satisfied(command, state.last_job_on(step_id, command.id, host, purpose))]


def succeeded(state: RunState, step_id: str, command: Command, purpose: Purpose = Purpose.STEP) -> bool:
    """Whether the command needs no further run, on one host or on all of a fleet."""
    hosts = hosts_of(state, command)
    if len(hosts) > 1:
        return not hosts_left(state, step_id, command, hosts, purpose)
    return satisfied(command, state.last_job(step_id, command.id, purpose))


def touched(state: RunState, hosts: Sequence[str]) -> tuple[str, ...]:
    """Those of the hosts on which this run has started anything; all of them when it has on none."""
    seen = {
        job.target
        for job in state.jobs.values()
        if job.purpose is Purpose.STEP and job.resolution is not Resolution.NOT_RUN
    }
    return tuple(host for host in hosts if host in seen) or tuple(hosts)


def goes_elsewhere(runbook: Runbook, state: RunState) -> bool:
    """Whether any command of the run goes to another machine; cheap, asked at every key."""
    if state.target != LOCAL and runbook.commands:
        return True
    return any(target_of(state, command) not in (None, LOCAL) for command in runbook.placed_commands)


def other_machines(runbook: Runbook, state: RunState) -> dict[str, bool]:
    """Every host but this one that commands of the run go to, and whether one of them says `sudo`."""
    found: dict[str, bool] = {}
    for command in runbook.commands:
        name = target_of(state, command) if may_run(command) else None
        for host in state.hosts.get(name, (name,)) if name is not None and name != LOCAL else ():
            found[host] = found.get(host, False) or says_sudo(command.text)
    return found


def sudo_hosts(runbook: Runbook, state: RunState) -> tuple[str, ...]:
    """Every host whose commands may want the password of sudo; this one too when a command here says `sudo`."""
    others = tuple(other_machines(runbook, state))
    here = any(says_sudo(command.text) and target_of(state, command) == LOCAL for command in runbook.commands)
    return (*others, LOCAL) if here or not others else others


def wants_preflight(state: RunState, commands: Iterable[Command]) -> tuple[str, ...]:
    """Other machines these commands go to that no preflight of this run has looked at."""
    wanted = dict.fromkeys(host for command in commands for host in hosts_of(state, command))
    return tuple(host for host in wanted if host != LOCAL and host not in state.looked_at)
