from pathlib import Path

from runbook_tui.document.reader import read
from runbook_tui.run.events import JobStarted, NoteAdded, StepSkipped, VariableSet
from runbook_tui.run.hidden import cleaned, given, is_secret

DOC = b"""# Deploy

<!-- rbt: secret=REGISTRY_LOGIN -->
```bash
docker login -p <registry-login>
deploy <api-token> <region>
```
"""
BOOK = read(DOC, "deploy.md")


def test_what_is_declared_or_named_a_secret_is_asked_hidden() -> None:
    assert is_secret(BOOK, "<api-token>")
    assert is_secret(BOOK, "<REGISTRY_LOGIN>")
    assert not is_secret(BOOK, "<region>")


def test_values_of_the_environment_that_are_masked() -> None:
    environment = {
        "REGISTRY_LOGIN": "abcd",
        "AWS_SECRET_ACCESS_KEY": "k" * 40,
        "API_TOKEN": "short",
        "TOKEN_FILE": "/var/run/token",
        "HOME": str(Path.home()),
    }
    assert set(given(BOOK, environment)) == {"REGISTRY_LOGIN", "AWS_SECRET_ACCESS_KEY"}


def test_events_are_kept_without_secrets_and_with_their_names() -> None:
    token = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6"
    note = cleaned(NoteAdded(step="deploy-hunter22", text=f"used {token}, then hunter22"), ["hunter22"])
    assert note == NoteAdded(step="deploy-hunter22", text="used ***, then ***")
    skip = StepSkipped(step="s", reason="nothing to hide")
    assert cleaned(skip, ["hunter22"]) is skip
    variable = cleaned(VariableSet(name="hunter22", value="eu-1 hunter22"), ["hunter22"])
    assert (variable.name, variable.value) == ("hunter22", "eu-1 ***")
    job = JobStarted(job="j", step="s", command="c", text=f"login {token}", shown=f"login {token}", target="local")
    assert token not in repr(cleaned(job, []))
