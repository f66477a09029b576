import pytest
from django.db import IntegrityError, transaction

from bekal.access.errors import RoleMissing, SamePerson
from bekal.access.models import Act, Role, User
from bekal.access.services import add_user, record_act, require_role, require_second_person
from bekal.core import clock
from tests.builders import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("held", list(Role))
@pytest.mark.parametrize("wanted", list(Role))
def test_a_role_is_held_or_missing(held: Role, wanted: Role) -> None:
    user = make_user(held)
    if held == wanted:
        require_role(user=user, role=wanted)
    else:
        with pytest.raises(RoleMissing):
            require_role(user=user, role=wanted)


def test_somebody_who_left_holds_no_role() -> None:
    user = make_user(Role.OPERATOR)
    user.is_active = False
    with pytest.raises(RoleMissing):
        require_role(user=user, role=Role.OPERATOR)


def test_a_second_person_is_an_approver_and_another() -> None:
    operator, approver = make_user(Role.OPERATOR), make_user(Role.APPROVER)
    require_second_person(approver=approver, proposer=operator)
    with pytest.raises(SamePerson):
        require_second_person(approver=approver, proposer=approver)
    with pytest.raises(RoleMissing):
        require_second_person(approver=make_user(Role.AUDITOR), proposer=operator)


def test_an_act_is_logged_with_who_when_and_what() -> None:
    user = make_user(Role.OPERATOR)
    before = clock.now()
    act = Act.objects.get(pk=record_act(actor=user, verb="wave.open", subject="wave:1", number=12).pk)
    assert (act.actor, act.verb, act.subject, act.details) == (user, "wave.open", "wave:1", {"number": 12})
    assert before <= act.at <= clock.now()


def test_addresses_are_kept_in_lower_case_and_once() -> None:
    user = add_user(email="Sari@Example.ORG", password="kata-sandi-uji", name="Sari", role=Role.PARTICIPANT)
    assert user.email == "sari@example.org"
    assert User.objects.get_by_natural_key("SARI@example.org") == user
    with pytest.raises(IntegrityError), transaction.atomic():
        add_user(email="sari@EXAMPLE.org", password="kata-sandi-uji", name="Sari", role=Role.PARTICIPANT)


def test_passwords_are_kept_as_argon2_and_nothing_else() -> None:
    user = add_user(email="a@example.org", password="kata-sandi-uji", name="A", role=Role.PARTICIPANT)
    assert user.password.startswith("argon2$argon2id$")
    assert user.check_password("kata-sandi-uji")
    assert not user.check_password("kata-sandi")
