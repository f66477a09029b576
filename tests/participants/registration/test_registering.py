"""From a phone to a registered person, a step at a time; nothing half done, nothing lost."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from bekal.access.logins import user_by_login
from bekal.access.models import Role, User
from bekal.access.passwords import user_with_password
from bekal.access.tries import Origin
from bekal.core.errors import BekalError
from bekal.core.names import clean_name, is_name
from bekal.core.rotation import rotate_keys
from bekal.core.sealing import version_of
from bekal.messages.channels.sms.standin import StandIn
from bekal.messages.contacts import number_of, verified_phones
from bekal.messages.errors import NoCodeWaiting
from bekal.participants.errors import HouseholdMalformed, NikMalformed, TextMalformed
from bekal.participants.models import Consent, Draft, IdentityCheck, IdentityState, Participant, Sex
from bekal.participants.registration.errors import (
    BirthDateImpossible,
    ConsentMissing,
    PasswordWeak,
    PhoneHasAccount,
    StepMissing,
)
from bekal.participants.registration.queries import STEPS, consents_of, participant_with_check
from bekal.participants.registration.services import (
    CONSENT_VERSION,
    complete_registration,
    register_account,
    save_step,
    typed_so_far,
)
from bekal.participants.sealed import birth_date_of, name_of, nik_of
from bekal.payouts.erasure import erase_person
from tests.builders import make_user, on
from tests.messages.phones import NUMBER
from tests.participants.registration.people import ANSWERS, NIK, PASSWORD, new_user, registered, verified_visitor
from tests.threads import race

HOME = Origin(network="203.0.113.0/24")


@pytest.mark.django_db
class TestAccounts:
    def test_are_made_for_a_verified_phone_which_logs_in(self, gateway: StandIn) -> None:
        user = register_account(visitor=verified_visitor(gateway), password=PASSWORD)
        assert user_with_password(name="0812 3456 7890", password=PASSWORD, origin=HOME) == user
        assert (user.role, user.email, user.name) == (Role.PARTICIPANT, None, "")
        assert number_of(verified_phones([user.pk])[user.pk]) == NUMBER

    def test_are_not_made_for_a_visitor_without_one(self) -> None:
        with pytest.raises(NoCodeWaiting):
            register_account(visitor=uuid4(), password=PASSWORD)
        assert User.objects.count() == 0

    @pytest.mark.parametrize("password", ["", "pendek1", "12345678901", "password123"])
    def test_need_a_password_that_nobody_guesses(self, gateway: StandIn, password: str) -> None:
        visitor = verified_visitor(gateway)
        with pytest.raises(PasswordWeak):
            register_account(visitor=visitor, password=password)
        register_account(visitor=visitor, password=PASSWORD)

    def test_are_one_for_each_number(self, gateway: StandIn) -> None:
        first, second = verified_visitor(gateway), verified_visitor(gateway)
        register_account(visitor=first, password=PASSWORD)
        with pytest.raises(PhoneHasAccount):
            register_account(visitor=second, password=PASSWORD)
        assert User.objects.count() == 1


@pytest.mark.django_db
class TestSteps:
    def test_are_kept_one_beside_the_other_and_sealed(self) -> None:
        user = new_user()
        for fields in STEPS.values():
            save_step(user=user, answers={field: ANSWERS[field] for field in fields})
        assert typed_so_far(user) == ANSWERS
        with connection.cursor() as cursor:
            cursor.execute("SELECT draft::text FROM participants_draft AS draft")
            ((row,),) = cursor.fetchall()
        for text in (NIK, "Sari", "1995"):
            assert text not in row
            assert text.encode().hex() not in row

    def test_keep_numbers_and_names_in_one_spelling(self) -> None:
        user = new_user()
        save_step(user=user, answers={"nik": "3273 0157-0895.0001", "name": " Sari \u200b\u202e Dewi "})
        assert typed_so_far(user) == {"nik": NIK, "name": "Sari Dewi"}

    @pytest.mark.parametrize(
        ("field", "value", "error"),
        [
            ("nik", "327301570895000", NikMalformed),
            ("nik", "9973015708950001", NikMalformed),
            ("household", "12", HouseholdMalformed),
            ("name", " \u200b\u202e\u3164 ", TextMalformed),
            ("name", "a" * 300, TextMalformed),
            ("name", "---", TextMalformed),
            ("name", "Sari\x07", TextMalformed),
            ("occupation", "", TextMalformed),
            ("birth_date", "2021-06-16", BirthDateImpossible),
            ("birth_date", "1821-06-16", BirthDateImpossible),
        ],
    )
    def test_refuse_what_is_wrong_and_keep_what_was_there(self, field: str, value: str, error: type[BekalError]) -> None:
        user = new_user()
        with on(date(2021, 6, 15)):
            save_step(user=user, answers=ANSWERS)
            with pytest.raises(error):
                save_step(user=user, answers={"sex": "M", field: value})
        assert typed_so_far(user) == ANSWERS

    @pytest.mark.parametrize("name", ["Sari", "Ma'ruf", "Nur\u2019aini", "Ø", "Siti-Nur H. binti Ali", "a" * 200])
    def test_take_names_as_people_have_them(self, name: str) -> None:
        user = new_user()
        save_step(user=user, answers={"name": name})
        assert typed_so_far(user) == {"name": name}

    @given(text=st.text(max_size=20))
    def test_a_name_has_a_letter_and_is_one_line(self, text: str) -> None:
        name = clean_name(text)
        assert not is_name(name) or (any(each.isalpha() for each in name) and "\n" not in name and "\0" not in name)


@pytest.mark.django_db
class TestRegistering:
    def test_makes_the_person_who_was_described(self) -> None:
        user = new_user()
        person = registered(user)
        assert participant_with_check(user) == (person, None)
        assert (name_of(person), nik_of(person), birth_date_of(person)) == ("Sari Ma'rufah", NIK, date(1995, 8, 17))
        assert (person.sex, person.province, person.education) == (Sex.FEMALE, "33", "upper_secondary")
        assert User.objects.get().name == "Sari Ma'rufah"
        assert Draft.objects.count() == 0
        assert [consent.version for consent in consents_of(user)] == [CONSENT_VERSION]

    def test_twice_is_once(self) -> None:
        user = new_user()
        first = registered(user)
        assert complete_registration(user=user, consent_version=None) == first
        assert Participant.objects.count() == Consent.objects.count() == 1

    @pytest.mark.parametrize("version", [None, 0, CONSENT_VERSION + 1])
    def test_needs_consent_to_todays_text(self, version: int | None) -> None:
        user = new_user()
        save_step(user=user, answers=ANSWERS)
        with pytest.raises(ConsentMissing):
            complete_registration(user=user, consent_version=version)
        assert Participant.objects.count() == 0

    @pytest.mark.parametrize("missing", list(ANSWERS))
    def test_needs_everything(self, missing: str) -> None:
        user = new_user()
        save_step(user=user, answers={name: value for name, value in ANSWERS.items() if name != missing})
        with pytest.raises(StepMissing):
            complete_registration(user=user, consent_version=CONSENT_VERSION)
        assert Participant.objects.count() == 0

    def test_with_a_nik_that_disagrees_is_to_be_verified(self) -> None:
        user = new_user()
        registered(user, sex="M")
        _person, check = participant_with_check(user)
        assert check is not None
        assert (check.state, check.disagreeing) == (IdentityState.TO_BE_VERIFIED, "sex")

    def test_is_forgotten_with_the_person(self) -> None:
        user = new_user()
        person = registered(user)
        save_step(user=user, answers=ANSWERS)
        erase_person(participant=person, actor=make_user(Role.OPERATOR))
        assert Draft.objects.count() == 0
        assert user_by_login(NUMBER) is None


@pytest.fixture
def committed(committed_database: str, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        yield


@pytest.mark.usefixtures("committed")
class TestAtTheSameMoment:
    def test_one_form_sent_four_times_registers_once(self) -> None:
        user = new_user()
        save_step(user=user, answers=ANSWERS)
        found = race(*[lambda: complete_registration(user=user, consent_version=CONSENT_VERSION)] * 4)
        assert len(set(found)) == Participant.objects.count() == 1
        assert IdentityCheck.objects.count() == 0

    def test_of_two_people_with_one_nik_one_has_it_and_one_claims_it(self) -> None:
        users = [new_user(), new_user("+6281311112222")]
        for user in users:
            save_step(user=user, answers=ANSWERS)
        race(*[lambda user=user: complete_registration(user=user, consent_version=CONSENT_VERSION) for user in users])
        checks = [participant_with_check(user)[1] for user in users]
        assert sorted("" if check is None else check.disagreeing for check in checks) == ["", "nik"]

    def test_two_pages_that_are_sent_at_once_are_both_kept(self) -> None:
        user = new_user()
        race(
            lambda: save_step(user=user, answers={"nik": NIK}),
            lambda: save_step(user=user, answers={"name": "Sari"}),
        )
        assert typed_so_far(user) == {"nik": NIK, "name": "Sari"}

    def test_two_visitors_of_one_phone_have_one_account(self, gateway: StandIn) -> None:
        visitors = [verified_visitor(gateway) for _ in range(2)]
        found = race(*[lambda visitor=visitor: register_account(visitor=visitor, password=PASSWORD) for visitor in visitors])
        assert sorted(type(one).__name__ for one in found) == ["PhoneHasAccount", "User"]

    def test_keys_rotate_over_drafts(self) -> None:
        user = new_user()
        save_step(user=user, answers=ANSWERS)
        rotate_keys()
        assert version_of(bytes(Draft.objects.get().answers_sealed)) == 2
        assert typed_so_far(user) == ANSWERS
