"""Registering by oneself: an account for a phone that was shown to be one's own, then who one is, a step at a time."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from bekal.access.logins import phone_index
from bekal.access.models import Role, User
from bekal.access.services import name_user, record_act
from bekal.core import clock
from bekal.core.names import clean_name, is_name, without_separators
from bekal.core.sealing import new_salt
from bekal.messages.newcomers import adopt_number, verified_number
from bekal.participants.errors import AlreadyRegistered, TextMalformed
from bekal.participants.models import NAME_CHARACTERS, OCCUPATION_CHARACTERS, Consent, Draft, Education, Participant, Sex
from bekal.participants.nik import parse_nik
from bekal.participants.registration.errors import (
    BirthDateImpossible,
    ConsentMissing,
    PasswordWeak,
    PhoneHasAccount,
    StepMissing,
)
from bekal.participants.registration.sealed import answers_in, seal_answers
from bekal.participants.rules import require_number
from bekal.participants.services import Registration, register_claimant, register_person

CONSENT_VERSION: Final = 1
"""Of the text in `web/templates/newcomer/consent.html`; raise it with every change of what people agree to."""
KEPT: Final = timedelta(days=90)
"""For how long a draft is kept that nobody goes on with."""
_OLDEST_YEARS: Final = 120
_CLEARED_AT_ONCE: Final = 100


@transaction.atomic
def register_account(*, visitor: UUID, password: str) -> User:
    """Make an account for a newcomer whose phone is verified; it logs in by that number.

    Args:
        visitor: by what the newcomer is known, as `request_newcomer_code` returned it.

    Raises:
        NoCodeWaiting: the phone is not verified, or it is too long ago.
        PasswordWeak: others would guess the password.
        PhoneHasAccount: somebody made one meanwhile.
    """
    number = verified_number(visitor)
    require_password_of_use(password)
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                email=None, phone_index=phone_index(number), password=password, name="", role=Role.PARTICIPANT
            )
    except IntegrityError as error:
        raise PhoneHasAccount from error
    adopt_number(visitor=visitor, user=user)
    record_act(actor=user, verb="user.register", subject=f"user:{user.public_id}")
    return user


def require_password_of_use(password: str) -> None:
    """Raises PasswordWeak for a password that others would guess, with what is wrong in words."""
    try:
        validate_password(password)
    except ValidationError as error:
        raise PasswordWeak(reason=" ".join(error.messages)) from error


def require_birth_date(born: date) -> None:
    """Raises BirthDateImpossible for a day in the future, or one so long ago that nobody was born then who lives."""
    today = clock.today()
    if born > today or today.year - born.year > _OLDEST_YEARS:
        raise BirthDateImpossible


@transaction.atomic
def save_step(*, user: User, answers: Mapping[str, str]) -> None:
    """Keep what somebody typed on one page, judged as far as it can be alone, beside what was typed before.

    Args:
        answers: some of the fields of `Registration`; a day as `1995-08-17`.

    Raises:
        NikMalformed, HouseholdMalformed, TextMalformed, BirthDateImpossible: nothing was kept.
    """
    kept = {name: judge_answer(name, value) for name, value in answers.items()}
    # Two pages that are sent at once are kept one after the other.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    late = Draft.objects.filter(changed_at__lt=clock.now() - KEPT).select_for_update(skip_locked=True)
    Draft.objects.filter(pk__in=list(late.values_list("pk", flat=True)[:_CLEARED_AT_ONCE])).delete()
    draft = Draft.objects.filter(user=user).first()
    before = {} if draft is None else answers_in(draft)
    draft = draft or Draft(user=user, key_salt=new_salt())
    seal_answers(draft, before | kept)
    draft.changed_at = clock.now()
    draft.save()


def typed_so_far(user: User) -> dict[str, str]:
    """What somebody has typed, by the names of the fields of `Registration`; in one query."""
    draft = Draft.objects.filter(user=user).first()
    return {} if draft is None else answers_in(draft)


@transaction.atomic
def complete_registration(*, user: User, consent_version: int | None) -> Participant:
    """Register somebody as the person whom their draft describes. Who is registered already is answered with that.

    A NIK that another one is registered with makes a registration that is to be verified, like one whose NIK disagrees.

    Args:
        consent_version: of the text that the person agreed to; None where they did not.

    Raises:
        ConsentMissing: not this version's.
        StepMissing: something was not typed yet.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if (registered := Participant.objects.filter(user=user).first()) is not None:
        return registered
    if consent_version != CONSENT_VERSION:
        raise ConsentMissing
    registration = _registration_of(typed_so_far(user))
    try:
        with transaction.atomic():
            person = register_person(registration=registration)
    except AlreadyRegistered:
        person = register_claimant(registration=registration)
    person.user = user
    person.save(update_fields=["user"])
    name_user(user=user, name=registration.name)
    Consent.objects.get_or_create(user=user, version=CONSENT_VERSION, defaults={"given_at": clock.now()})
    Draft.objects.filter(user=user).delete()
    record_act(actor=user, verb="participants.register", subject=f"participant:{person.public_id}")
    return person


def _registration_of(answers: Mapping[str, str]) -> Registration:
    try:
        return Registration(
            name=answers["name"],
            nik=answers["nik"],
            household=answers["household"],
            birth_date=date.fromisoformat(answers["birth_date"]),
            sex=Sex(answers["sex"]),
            education=Education(answers["education"]),
            occupation=answers["occupation"],
            province=answers["province"],
        )
    except KeyError as error:
        raise StepMissing from error


def judge_answer(name: str, value: str) -> str:
    """What was typed for one field of `Registration`, as it is kept.

    Raises:
        NikMalformed, HouseholdMalformed, TextMalformed, BirthDateImpossible: it is wrong.
    """
    match name:
        case "nik":
            parse_nik(value)
            return without_separators(value)
        case "household":
            return require_number(value)
        case "birth_date":
            require_birth_date(date.fromisoformat(value))
        case "name":
            value = clean_name(value)
            if not 1 <= len(value) <= NAME_CHARACTERS or not is_name(value):
                raise TextMalformed(part="name")
        case "occupation":
            value = clean_name(value)
            if not 1 <= len(value) <= OCCUPATION_CHARACTERS or not is_name(value):
                raise TextMalformed(part="occupation")
    return value
