import io
from typing import Any

import pytest

from bekal.access.models import Role
from bekal.access.services import add_user
from bekal.participants.models import Participant
from bekal.participants.sealed import nik_of
from tests.builders import TOTAL_IDR, grant_wave
from tests.cli.conftest import Bekal
from tests.web.officers import add_officer, code_of_now


@pytest.mark.parametrize("named", ["e-mail", "public id", "NIK"])
def test_a_person_is_erased_once_it_is_said_twice(
    bekal_here: Bekal, committed_database: str, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    with django_db_blocker.unblock():
        grant_wave(count=1)
        operator = add_officer(Role.OPERATOR, email="another.operator@example.org")
        person = Participant.objects.get()
        person.user = add_user(email="sari@example.org", password="x", name="Sari", role=Role.PARTICIPANT)
        person.save()
        nik = nik_of(person)

        def erase(*options: str) -> Any:
            typed = f"{nik}\n" if named == "NIK" else ""
            monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}{code}\n"))
            name = {"e-mail": "sari@example.org", "public id": str(person.public_id), "NIK": "-"}[named]
            return bekal_here("erase", name, "--by", operator, "--json", *options, DATABASE_URL=committed_database)

        code = ""
        shown = erase()
        assert (shown.status, shown.json["erased"], shown.json["balance_idr"]) == (1, False, TOTAL_IDR)
        unproved = erase("--yes", "--give-up-money")
        assert (unproved.status, unproved.json["error"]["code"]) == (2, "code_needed")
        code = code_of_now()
        refused = erase("--yes")
        assert (refused.status, refused.json["error"]["code"]) == (2, "money_waiting")
        assert nik not in refused.output + refused.errors
        assert nik_of(Participant.objects.get()) == nik
        again = erase("--yes", "--give-up-money")
        assert (again.status, again.json["error"]["code"]) == (2, "code_wrong")
        code = code_of_now(1)
        done = erase("--yes", "--give-up-money")
        assert (done.status, done.json["erased"], done.json["participant"]) == (0, True, str(person.public_id))
        assert Participant.objects.get().key_salt is None


@pytest.mark.parametrize("name", ["nobody@example.org", "1", "00000000-0000-4000-8000-000000000000"])
def test_who_is_not_there_is_not_found(bekal_here: Bekal, committed_database: str, django_db_blocker: Any, name: str) -> None:
    with django_db_blocker.unblock():
        granted = grant_wave(count=1)
        refused = bekal_here("erase", name, "--by", granted.operator.email, "--json", "--yes", DATABASE_URL=committed_database)
        assert (refused.status, refused.json["error"]["code"]) == (2, "not_found")
        assert Participant.objects.get().key_salt is not None
