"""The stand-in as pytest fixtures, for every test below this folder's parent."""

import pytest

from tests.stand_in.truth import WHY_NOT, build, compiler


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """The stand-in of libnvidia-ml, built once."""
    if compiler() is None:
        pytest.skip(WHY_NOT)
    return build(tmp_path_factory.mktemp("nvml"))
