"""No test ever touches the runs of the person who runs it."""

import os

import pytest
from hypothesis import settings

from tests.stand_in.plugin import library
from tests.systems_table import pytest_terminal_summary

__all__ = ["library", "pytest_terminal_summary"]

# An example's wall-clock says more about what else the machine does than about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True, scope="session")
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ["RBT_STATE"] = str(tmp_path_factory.mktemp("state"))
