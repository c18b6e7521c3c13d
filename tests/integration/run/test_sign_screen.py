"""Signing in the app, without its screen: what happens to the run while somebody reads what is to be signed."""

import pytest

from runbook_tui import records
from runbook_tui.run import intents as i
from runbook_tui.signer import LocalSigner
from runbook_tui.signing.offering import NotSigned
from tests.integration.run.desk import step
from tests.integration.signing.conftest import team

__all__ = ["team"]

DOCUMENT = """# Release

- [ ] It looks right

## Sign-off

- [ ] **QA Lead**: ___________________ Date: _______
"""


async def test_a_sign_off_that_left_the_document_is_a_sentence(stage_of, team, tmp_path, monkeypatch):
    state = tmp_path / "state"
    state.mkdir()
    (state / "allowed_signers").write_text(team.line("ben"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setenv("RBT_KEY", str(team.folder / "ben"))
    stage = stage_of(DOCUMENT)
    async with stage.new_run() as conductor:
        place = step(conductor, "QA Lead").id
        async with records.open_journal() as journal:
            signer = LocalSigner(journal, conductor.state.run)
            sheet = await signer.sheet(place)
            stage.path.write_text(DOCUMENT.partition("## Sign-off")[0])
            await conductor.perform(i.AdoptDocument())
            with pytest.raises(NotSigned, match="the run went on while you read"):
                await signer.sign(sheet, "approved")
            with pytest.raises(NotSigned, match="asks for no sign-off there any more"):
                await signer.sheet(place)
        await conductor.close()
