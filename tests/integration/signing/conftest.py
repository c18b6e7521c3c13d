import shutil

import pytest

from tests.integration.signing.bed import Team


@pytest.fixture(scope="session")
def team(tmp_path_factory) -> Team:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed: signatures can be neither made nor judged")
    return Team(tmp_path_factory.mktemp("keys"))
