"""No test ever touches the runs of the person who runs it."""

import os

import pytest


@pytest.fixture(autouse=True, scope="session")
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ["RBT_STATE"] = str(tmp_path_factory.mktemp("state"))
