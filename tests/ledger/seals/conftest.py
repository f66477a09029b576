from tests.ledger.kinds import test_kinds

__all__ = ["test_kinds"]
