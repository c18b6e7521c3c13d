from pathlib import Path

import pytest

from runbook_tui import places, records


def test_the_state_folder_is_the_one_that_was_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "mine"))
    assert places.state_folder() == tmp_path / "mine"


def test_a_checkout_keeps_its_runs_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RBT_STATE", raising=False)
    assert places.state_folder() == Path(__file__).parents[2] / "state"


def test_an_installed_rbt_keeps_them_with_its_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RBT_STATE", raising=False)
    monkeypatch.setattr(places, "__file__", str(tmp_path / "site-packages" / "runbook_tui" / "places.py"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert places.state_folder() == tmp_path / "xdg" / "runbook-tui"


def test_a_sidecar_that_is_no_mapping_is_refused_by_name(tmp_path: Path) -> None:
    document = tmp_path / "deploy.md"
    document.write_text("# D\n")
    beside = tmp_path / "deploy.runbook.yaml"
    for text in ("- a\n- b\n", "a: [\n", "just words\n"):
        beside.write_text(text)
        with pytest.raises(records.BadInput, match=r"deploy\.runbook\.yaml"):
            records.read_sidecar(document)
