"""Signing by keys of the keyboard and keys of the agent: read, say what it means, sign; void when the run goes on."""

import shutil
import subprocess

import pytest

from tests.integration.signing.bed import DOCUMENT, POLICY, Team


@pytest.fixture
def team(tmp_path):
    if shutil.which("ssh-keygen") is None or shutil.which("ssh-agent") is None:
        pytest.skip("ssh-keygen and ssh-agent are not installed")
    keys = tmp_path / "keys"
    keys.mkdir()
    return Team(keys)


@pytest.fixture
def agent(tmp_path, monkeypatch):
    """A real agent that everything in this process speaks to; gives it other keys."""
    sock = tmp_path / "agent.sock"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", sock], stdout=subprocess.DEVNULL)
    while not sock.exists():
        assert process.poll() is None
    monkeypatch.setenv("SSH_AUTH_SOCK", str(sock))

    def holds(*keys):
        subprocess.run(["ssh-add", "-q", "-D"], check=True, capture_output=True)
        subprocess.run(["ssh-add", "-q", *keys], check=True)

    yield holds
    process.terminate()
    process.wait()


@pytest.fixture
def release(folder, document, team):
    (folder / "state").mkdir()
    (folder / "state" / "policy.yaml").write_bytes(POLICY)
    (folder / "state" / "allowed_signers").write_bytes(team.signers())
    return document(DOCUMENT.decode())


async def test_what_is_signed_is_shown_signed_and_void_when_the_run_goes_on(release, opened, team, agent) -> None:
    agent(team.folder / "eve")
    async with opened(release) as operator:
        await operator.go_to("Look at the dashboard")
        await operator.press("space")
        await operator.until(lambda: operator.phase("Look at the dashboard") == "done", "the tick, by eve's key")
        assert operator.state.drove == {"eve@example.org"}
        await operator.go_to("QA Lead")
        await operator.press("a")
        await operator.reads("eve@example.org drove this run")

        agent(team.folder / "ben")  # somebody else sits down
        await operator.press("a")
        await operator.reads("Ben Bitdiddle (ben@example.org) signs", "✔ Look at the dashboard", "○ Tell the others")
        await operator.answer("enter")
        await operator.reads("a signature without a meaning is none")
        await operator.write("tested.")
        await operator.press("enter")
        await operator.until(lambda: operator.phase("QA Lead") == "done", "the signature")
        signed = next(iter(operator.state.signoffs.values()))
        assert (signed.signer, signed.meaning, signed.void) == ("ben@example.org", "tested.", None)
        await operator.go_to("QA Lead")
        await operator.reads("signed  Ben Bitdiddle as QA Lead", "SHA256:")

        await operator.go_to("Tell the others")
        await operator.press("space")
        await operator.until(lambda: operator.phase("QA Lead") == "pending", "the signature to be void")
        await operator.go_to("QA Lead")
        await operator.reads("signature void")


async def test_a_no_is_signed_too_and_leaving_signs_nothing(release, opened, team, agent) -> None:
    agent(team.folder / "eve")
    async with opened(release, size=(80, 24)) as operator:
        agent(team.folder / "cy")
        await operator.go_to("Security Lead")
        await operator.press("a")
        await operator.reads("Cy Security (cy@example.org) signs", "what does your signature say?")
        await operator.answer("escape")
        assert operator.state.signoffs == {}
        await operator.press("a")
        await operator.reads("what does your signature say?")
        await operator.answer("ctrl+n")
        await operator.reads("why not?")
        await operator.write("red scan")
        await operator.press("enter")
        await operator.until(lambda: operator.phase("Security Lead") == "failed", "the no")
        assert next(iter(operator.state.signoffs.values())).rejected


async def test_without_keys_it_is_a_name_and_called_so(release, opened, folder) -> None:
    for name in ("policy.yaml", "allowed_signers"):
        (folder / "state" / name).unlink()
    async with opened(release) as operator:
        await operator.go_to("QA Lead")
        await operator.press("a")
        await operator.reads("by name only: no key signs here")
        await operator.write("Ben")
        await operator.press("enter")
        await operator.write("ok")
        await operator.press("enter")
        await operator.until(lambda: operator.phase("QA Lead") == "done", "the name")
        await operator.go_to("QA Lead")
        await operator.reads("name only, not signed")


async def test_a_key_file_where_no_terminal_can_be_handed_over_is_told_what_to_do(
    release, opened, team, agent, monkeypatch
) -> None:
    agent(team.folder / "eve")
    async with opened(release, size=(160, 34)) as operator:
        monkeypatch.setenv("SSH_AUTH_SOCK", "")
        monkeypatch.setenv("RBT_KEY", str(team.folder / "ben"))
        await operator.go_to("QA Lead")
        await operator.press("a")
        await operator.reads("Ben Bitdiddle (ben@example.org) signs")
        await operator.write("tested.")
        await operator.press("enter")  # as in a browser: ssh-keygen has nobody to ask
        await operator.reads("nothing is signed. Where the app runs, ssh-add your key, then sign again")
        assert not operator.state.signoffs
