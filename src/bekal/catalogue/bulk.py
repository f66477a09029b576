"""Writing many trainings at once: one way for the import of files, for single additions and for simulations.

Trainings are copied into a temporary table, compared with the catalogue, and written by a few statements over all of them.
"""

import re
import unicodedata
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from django.db import connection
from django.utils.translation import gettext as _

from bekal.catalogue.models import (
    CODE_CHARACTERS,
    DESCRIPTION_CHARACTERS,
    NAME_CHARACTERS,
    TITLE_CHARACTERS,
    Field,
    Mode,
    Provider,
)
from bekal.core import clock
from bekal.core.money import MAX_IDR, format_idr
from bekal.core.names import clean_name, clean_text, is_visible
from bekal.core.sql import load_sql
from bekal.ledger.services import open_providers

LARGEST_INT: Final = 2**31 - 1
_OPENED_AT_ONCE: Final = 5_000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_LINES: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class NewTraining:
    """A training to be added. The provider and the platform are names, compared without regard to case; new ones are created.

    Args:
        code: public and unique: up to 255 printable characters without white space.
        platform: empty where the provider sells by itself.
        hours: how long it takes; None where unknown.
        seats: how many can be sold in all; None for no limit.
    """

    code: str
    title: str
    provider: str
    price_idr: int
    field: str = Field.OTHER
    platform: str = ""
    description: str = ""
    hours: int | None = None
    mode: str = Mode.ONLINE
    seats: int | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with one attribute of a training, in words that a person can act on."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a staged training contradicts the catalogue."""

    line: int
    flaw: Flaw


def clean_training(training: NewTraining) -> NewTraining:
    """A training as it is kept: names and texts in one spelling, without what nobody sees. A code keeps what it is made of."""
    return replace(
        training,
        code=unicodedata.normalize("NFC", training.code.strip()),
        title=clean_name(training.title),
        provider=clean_name(training.provider),
        platform=clean_name(training.platform),
        description=clean_text(training.description),
    )


def find_flaw(training: NewTraining) -> Flaw | None:
    """The first thing that makes a training impossible whatever the catalogue holds, or None."""
    return (
        _text_flaw("code", training.code, CODE_CHARACTERS)
        or _code_flaw(training.code)
        or _text_flaw("title", training.title, TITLE_CHARACTERS)
        or _text_flaw("provider", training.provider, NAME_CHARACTERS)
        or _price_flaw(training.price_idr)
        or _choice_flaw("field", training.field, Field.values)
        or _text_flaw("platform", training.platform, NAME_CHARACTERS, required=False)
        or _text_flaw("description", training.description, DESCRIPTION_CHARACTERS, required=False, forbidden=_CONTROL_BUT_LINES)
        or _number_flaw("hours", training.hours, least=1)
        or _choice_flaw("mode", training.mode, Mode.values)
        or _number_flaw("seats", training.seats, least=0)
    )


def stage(trainings: Iterable[tuple[int, NewTraining]]) -> int:
    """Copy trainings, each with its line, into the temporary table, as they come; return how many came.

    Lines are unique, and so are codes. None has a flaw.
    """
    staged = 0
    with connection.cursor() as cursor:
        cursor.execute(load_sql("catalogue", "stage"))
        with cursor.copy(_COPY_SQL) as copy:
            for line, it in trainings:
                staged += 1
                copy.write_row(
                    (
                        line, it.code, it.title, it.provider, it.price_idr, it.field, it.platform, it.description, it.hours,
                        it.mode, it.seats, it.seats,
                    )
                )  # fmt: skip
        cursor.execute("ANALYZE catalogue_staged")
    return staged


def match_staged(*, given: Collection[str]) -> None:
    """Find the staged trainings that the catalogue holds already, and lock those to the end of the transaction.

    Also waits for every other bulk writer, so that what was found stays true.

    Args:
        given: which of field, platform, description, hours, mode and seats were stated; the others stay as they are.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('bekal.catalogue', 0))")
        cursor.execute(load_sql("catalogue", "match_staged"), {"given": sorted(given)})


def staged_codes_in_use(*, most: int) -> list[str]:
    """Up to `most` staged codes that the catalogue holds already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM catalogue_staged WHERE id IS NOT NULL ORDER BY line LIMIT %s", [most])
        return [code for (code,) in cursor.fetchall()]


def remove_conflicts() -> list[Conflict]:
    """Take out of the staged trainings those that would change their provider, or have fewer seats than are taken."""
    with connection.cursor() as cursor:
        cursor.execute(_REMOVE_CONFLICTS_SQL)
        return [
            Conflict(line, _conflict(code, owner, is_other, taken)) for line, code, owner, is_other, taken in cursor.fetchall()
        ]


def write_staged() -> None:
    """Create what is new, providers and platforms first, change what differs, and keep every new price.

    The caller is in a transaction, and has matched.
    """
    now = clock.now()
    _open_missing_providers()
    with connection.cursor() as cursor:
        cursor.execute(load_sql("catalogue", "create_platforms"))
        cursor.execute(load_sql("catalogue", "update_trainings"))
        cursor.execute(load_sql("catalogue", "create_trainings"), {"now": now})
        cursor.execute(_PRICES_SQL, {"now": now})


def staged_ids() -> list[int]:
    """The primary keys of the staged trainings, in the order of their lines, once they are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT training.id FROM catalogue_staged AS staged"
            " JOIN catalogue_training AS training ON training.code = staged.code ORDER BY staged.line"
        )
        return [key for (key,) in cursor.fetchall()]


def _open_missing_providers() -> None:
    while True:
        with connection.cursor() as cursor:
            cursor.execute(load_sql("catalogue", "missing_providers"), {"most": _OPENED_AT_ONCE})
            names = [name for (name,) in cursor.fetchall()]
        if not names:
            return
        public_ids = [uuid.uuid4() for _name in names]
        numbers = open_providers(scopes=[str(public_id) for public_id in public_ids])
        Provider.objects.bulk_create(
            Provider(public_id=public_id, name=name, number=number)
            for public_id, name, number in zip(public_ids, names, numbers, strict=True)
        )


def _text_flaw(name: str, text: str, most: int, *, required: bool = True, forbidden: re.Pattern[str] = _CONTROL) -> Flaw | None:
    if required and not text.strip():
        return empty_flaw(name)
    if len(text) > most:
        return Flaw(name, _("The text has {count} characters; at most {most} are allowed.").format(count=len(text), most=most))
    if found := forbidden.search(text):
        point = f"U+{ord(found[0]):04X}"
        return Flaw(name, _("The text contains the control character {point}; remove it.").format(point=point))
    return None


def _code_flaw(code: str) -> Flaw | None:
    if code.isprintable() and " " not in code and is_visible(code):
        return None
    return Flaw("code", _("A code must not contain spaces or invisible characters."))


def _price_flaw(price_idr: int) -> Flaw | None:
    if 0 <= price_idr <= MAX_IDR:
        return None
    return Flaw("price", _("The price must be from Rp0 to {largest}.").format(largest=format_idr(MAX_IDR)))


def _choice_flaw(name: str, value: str, known: Collection[str]) -> Flaw | None:
    if value in known:
        return None
    reason = _("“{value}” is not known here. Known are: {known}.")
    return Flaw(name, reason.format(value=shortened(value), known=", ".join(known)))


def _number_flaw(name: str, number: int | None, *, least: int) -> Flaw | None:
    if number is None or least <= number <= LARGEST_INT:
        return None
    return number_flaw(name, str(number), least=least)


def empty_flaw(name: str) -> Flaw:
    """That something is missing."""
    return Flaw(name, _("This is empty; every training needs it."))


def number_flaw(name: str, text: str, *, least: int) -> Flaw:
    """That a text is not the whole number that is needed."""
    reason = _("“{value}” is not a whole number from {least} to {largest}.")
    return Flaw(name, reason.format(value=shortened(text), least=least, largest=LARGEST_INT))


def shortened(text: str) -> str:
    """A text as it can be quoted in a sentence."""
    return text if len(text) <= 40 else f"{text[:39]}…"


def _conflict(code: str, owner: str, is_other: bool, taken: int) -> Flaw:
    if is_other:
        return Flaw("code", _("The code “{code}” belongs to the provider “{provider}”.").format(code=code, provider=owner))
    return Flaw("seats", _("{taken} seats are taken already; there cannot be fewer in all.").format(taken=taken))


_COPY_SQL: Final = """
COPY catalogue_staged (line, code, title, provider, price_idr, field, platform, description, hours, mode, seats, seats_left)
FROM STDIN
"""

_REMOVE_CONFLICTS_SQL: Final = """
DELETE FROM catalogue_staged
WHERE lower(owner) <> lower(provider) OR seats_left < 0
RETURNING line, code, owner, lower(owner) <> lower(provider), taken
"""

_PRICES_SQL: Final = """
INSERT INTO catalogue_pricechange (training_id, price_idr, since)
SELECT training.id, staged.price_idr, %(now)s
FROM catalogue_staged AS staged
JOIN catalogue_training AS training ON training.code = staged.code
WHERE staged.old_price_idr IS DISTINCT FROM staged.price_idr
ORDER BY staged.line
"""
