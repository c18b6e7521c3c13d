from tests.integration.gates.conftest import service
from tests.integration.run.desk import stage_of

__all__ = ["service", "stage_of"]
