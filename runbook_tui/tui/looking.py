"""The preflight, live: asks the hosts while the table is on the screen, takes over keys and a password when told to."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content

from runbook_tui.document.counting import counted
from runbook_tui.run.intents import GivePassword
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.preflight import HostKey, Preflight, Sudo
from runbook_tui.tui import keys, passwords
from runbook_tui.tui.background import in_background, one_question
from runbook_tui.tui.bars import Hint
from runbook_tui.tui.footer import hint
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.ports import Driving
from runbook_tui.tui.preflight import PreflightScreen
from runbook_tui.tui.questions import Confirm
from runbook_tui.tui.terminal_text import safe


class Looking(PreflightScreen):
    """Answers with the hosts to go on with, or None; `found` is what it was decided on."""

    PLACE = "looking"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("looking")]

    def __init__(self, driving: Driving, hosts: tuple[str, ...]) -> None:
        super().__init__(driving.state.target, None, hosts)
        self.found: Preflight | None = None
        self._driving = driving
        self._hosts = hosts
        self._given = False  # the password of sudo

    def on_mount(self) -> None:
        super().on_mount()
        self._look()

    def _hints(self) -> list[Hint]:
        hints, keymap = super()._hints(), keymap_of(self.app)
        if self._new():
            hints.insert(0, hint(keymap, self.PLACE, "trust", f"take over {counted(len(self._new()), 'key')}…"))
        if self._guarded() and not self._given:
            hints.insert(0, hint(keymap, self.PLACE, "password", "password for sudo…"))
        return hints

    def _new(self) -> list[tuple[str, str]]:
        """Hosts with a key that is not known, and its fingerprint."""
        verdicts = self.found.verdicts if self.found is not None else ()
        return [(v.host, v.probe.fingerprint) for v in verdicts if v.probe.key is HostKey.NEW]

    def _guarded(self) -> tuple[str, ...]:
        verdicts = self.found.verdicts if self.found is not None else ()
        return tuple(v.host for v in verdicts if v.probe.sudo is Sudo.PASSWORD)

    def _look(self) -> None:
        self.show(None, self._hosts)
        in_background(self, self._ask_hosts, group="looking", exclusive=True)

    async def _ask_hosts(self) -> None:
        try:
            self.found = await self._driving.preflight()
        except OperatorError as error:
            self.notify(safe(str(error)), severity="error")
        self.show(self.found)

    @on(PreflightScreen.Again)
    def _again(self, event: PreflightScreen.Again) -> None:
        event.stop()
        self._look()

    def action_trust(self) -> None:
        if self.armed and self._new():
            one_question(self, self._trust)

    def action_password(self) -> None:
        if self.armed and self._guarded():
            one_question(self, self._ask_password)

    async def _trust(self) -> None:
        new = self._new()
        lines = [Content.assemble((safe(host), "bold"), "  ", safe(fingerprint)) for host, fingerprint in new]
        lines.append(Content("\nCompare with what the hosts' owner says. They are added to known_hosts."))
        asked = f"Are these the keys of {'this host' if len(new) == 1 else f'these {len(new)} hosts'}?"
        if not await self.app.push_screen_wait(Confirm(asked, Content("\n").join(lines), does="take them over")):
            return
        try:
            await self._driving.trust([host for host, _ in new])
        except OperatorError as error:
            self.notify(safe(str(error)), severity="error")
        self._look()

    async def _ask_password(self) -> None:
        hosts = self._guarded()
        values = await self.app.push_screen_wait(passwords.form(hosts))
        if values:
            await self._driving.perform(GivePassword(hosts=hosts, password=values[0]))
            self._given = True
            self.show(self.found)
