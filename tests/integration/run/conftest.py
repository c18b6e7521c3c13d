from tests.integration.run.desk import stage_of

__all__ = ["stage_of"]
