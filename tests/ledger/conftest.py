from tests.ledger.kinds import known, test_kinds

__all__ = ["known", "test_kinds"]
