"""kill -9 at any moment: every command runs exactly once, and status never claims what did not happen."""

from pathlib import Path

import pytest

from tests.integration.run.killing import STEPS, walk


@pytest.mark.timeout(300)
def test_thirty_steps_survive_twenty_kills(tmp_path: Path) -> None:
    result = walk(tmp_path, kills=20, seed=20_26, longest=0.8)
    assert result.kills == 20, "the run was over before it was killed often enough"
    assert result.final_exit == 0, result.stderr
    assert sorted(result.numbers) == list(range(1, STEPS + 1))
    assert result.lies == []
