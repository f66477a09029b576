import ast
import builtins
from datetime import date
from pathlib import Path

import pytest
from django.utils.translation import override

from bekal.core.errors import BekalError, Corrupt, Forbidden, Invalid, NotFound, Refused, Unavailable
from bekal.ledger.errors import InsufficientBalance
from bekal.purchases.errors import SpendingEnded


def _all(kind: type[BekalError]) -> set[type[BekalError]]:
    return {kind, *(found for below in kind.__subclasses__() for found in _all(below))}


def _undocumented() -> list[str]:
    """The classes of errors in the whole of the code that say nothing of themselves."""
    sources = sorted((Path(__file__).parents[2] / "src" / "bekal").rglob("*.py"))
    classes = [node for path in sources for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)]
    known = {name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)}
    errors: list[ast.ClassDef] = []
    while new := [each for each in classes if each not in errors and known & {ast.unparse(base) for base in each.bases}]:
        errors += new
        known |= {each.name for each in new}
    assert {"BekalError", "RunStateWrong", "QueueAway"} <= {each.name for each in errors}
    return [each.name for each in errors if ast.get_docstring(each) is None]


def test_every_error_says_what_it_means() -> None:
    assert _undocumented() == []


@pytest.mark.parametrize(
    ("kind", "status"),
    [(Invalid, 422), (Refused, 409), (Forbidden, 403), (NotFound, 404), (Unavailable, 503), (Corrupt, 500)],
)
def test_each_branch_has_its_status(kind: type[BekalError], status: int) -> None:
    assert {below.http_status for below in _all(kind)} == {status}


def test_codes_are_stable_names_used_once() -> None:
    codes = [kind.code for kind in _all(BekalError) if "code" in vars(kind)]
    assert len(codes) == len(set(codes))
    assert all(code.replace("_", "").isalnum() and code.islower() for code in codes)


def test_amounts_and_days_are_written_for_people_in_their_language() -> None:
    short = InsufficientBalance(available_idr=25_000, amount_idr=300_000, missing_idr=275_000)
    late = SpendingEnded(last_day=date(2021, 12, 15))
    with override("id"):
        assert "Rp275.000" in str(short)
        assert "15 Desember 2021" in str(late)
    with override("en"):
        assert str(short) == "Your balance is Rp25.000 and Rp300.000 is needed: Rp275.000 is missing."
        assert "15 December 2021" in str(late)
