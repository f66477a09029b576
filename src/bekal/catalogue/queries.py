"""Reading the catalogue: search, one training, and its prices over time."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import Error, connection
from django.db.models import Func, QuerySet, TextField
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from bekal.catalogue.errors import UnknownTraining
from bekal.catalogue.models import Field, PriceChange, Provider, Training
from bekal.catalogue.search import Entry, Index, Matches, words_of
from bekal.catalogue.synonyms import packaged_synonyms
from bekal.core.errors import NotFound
from bekal.core.sql import load_sql

_log = logging.getLogger(__name__)

_TEXT_CHARACTERS: Final = 200
_LIMIT: Final = 100


class Order(StrEnum):
    """How found trainings are ordered; equal ones by title."""

    BEST = "best"
    """What fits the text best first; without a text, by title."""
    CHEAPEST = "cheapest"
    DEAREST = "dearest"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class TrainingPage:
    """One page of what was found: `page` of `pages`, counted from 1, and how many there are in `total`.

    `corrected` is what was looked for instead of a text with typing errors, else empty. With `is_partial` no training has all of
    the text; these have some of it.
    """

    rows: list[Training]
    total: int
    page: int
    pages: int
    corrected: str = ""
    is_partial: bool = False


def search_trainings(
    *,
    text: str = "",
    field: str | None = None,
    most_idr: int | None = None,
    order: Order = Order.BEST,
    page: int = 1,
    limit: int = 24,
) -> TrainingPage:
    """The open trainings, full ones too, that match what is asked. Two queries, and one more for a text; any input is harmless.

    The first text after a change of the catalogue also reads all its titles.

    Args:
        text: words of titles, of the names of fields in either language and of providers, or what means the same; typing errors
            are seen through. Where no training has all of it, those that have most are found. Only the first 200 characters and
            10 words count.
        field: a code of `Field`; one that does not exist finds nothing.
        most_idr: the highest price.
        page: one that does not exist gives the nearest that does.
        limit: rows on a page, up to 100.
    """
    limit = min(max(limit, 1), _LIMIT)
    found = Training.objects.filter(is_open=True)
    if field:
        found = found.filter(field=field) if field in Field.values else found.none()
    if most_idr is not None:
        found = found.filter(price_idr__lte=most_idr)
    matches: Matches | None = None
    if text.strip():
        matches = _matches(text[:_TEXT_CHARACTERS])
        found = found.filter(pk__in=matches.keys)
    if matches is None or order is not Order.BEST:
        total, ranked = found.count(), None
    else:
        kept = set(found.values_list("pk", flat=True))
        ranked = [key for key in matches.keys if key in kept]
        total = len(ranked)
    pages = max(-(-total // limit), 1)
    page = min(max(page, 1), pages)
    start = (page - 1) * limit
    rows: list[Training] = []
    if total and ranked is not None:
        shown = {row.pk: row for row in as_listed(Training.objects.filter(pk__in=ranked[start : start + limit]))}
        rows = [shown[key] for key in ranked[start : start + limit] if key in shown]
    elif total:
        rows = list(as_listed(_ordered(found, order))[start : start + limit])
    return TrainingPage(
        rows=rows,
        total=total,
        page=page,
        pages=pages,
        corrected=matches.corrected if matches else "",
        is_partial=bool(matches and matches.is_partial),
    )


def warm_up_search() -> None:
    """Read the titles, so that the first who searches need not wait. A process that serves comes up without a database too."""
    try:
        _matches("a")
    except Error as error:
        _log.warning("search could not be warmed up: %s", error)


def as_listed(trainings: QuerySet[Training]) -> QuerySet[Training]:
    """With their providers, and without what is long and shown on a training's own page alone."""
    return trainings.select_related("provider").defer("words", "description")


def count_affordable(balance_idr: int) -> int:
    """How many open trainings, full ones too, cost at most this; one query."""
    return Training.objects.filter(is_open=True, price_idr__lte=balance_idr).count()


def training_by_code(code: str) -> Training:
    """The training with this code, open or not, with its provider and platform.

    Raises:
        UnknownTraining: there is none.
    """
    training = None
    if code.isprintable():
        training = Training.objects.select_related("provider", "platform").filter(code=code).first()
    if training is None:
        raise UnknownTraining(training=code)
    return training


def trainings_by_code(codes: Sequence[str]) -> list[Training]:
    """The trainings with these codes by price and code, open or not, with their providers and platforms, in one query.

    Raises:
        UnknownTraining: one of them does not exist.
    """
    possible = [code for code in codes if code.isprintable()]
    found = Training.objects.select_related("provider", "platform").filter(code__in=possible).order_by("price_idr", "code")
    if unknown := [code for code in codes if code not in {training.code for training in found}]:
        raise UnknownTraining(training=unknown[0])
    return list(found)


def all_providers() -> list[Provider]:
    """Every provider by name."""
    return list(Provider.objects.order_by(Lower("name")))


def provider_by_public_id(public_id: UUID) -> Provider:
    """One provider.

    Raises:
        NotFound: no provider has this id.
    """
    found = Provider.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(what=_("provider"), name=public_id)
    return found


def price_history(training: Training) -> list[PriceChange]:
    """Every price that the training ever had, the oldest first."""
    return list(PriceChange.objects.filter(training=training).order_by("since", "pk"))


def fields_in_use() -> list[Field]:
    """The fields in which a training is open, in the order of `Field`."""
    used = set(Training.objects.filter(is_open=True).order_by().values_list("field", flat=True).distinct())
    return [field for field in Field if field in used]


def _ordered(found: QuerySet[Training], order: Order) -> QuerySet[Training]:
    match order:
        case Order.CHEAPEST:
            return found.order_by("price_idr", Lower("title"), "pk")
        case Order.DEAREST:
            return found.order_by("-price_idr", Lower("title"), "pk")
        case Order.NEWEST:
            return found.order_by("-created_at", Lower("title"), "pk")
        case Order.BEST:
            return found.order_by(Lower("title"), "pk")


def _matches(text: str) -> Matches:
    words = words_of(text)
    if not words:
        return Matches()
    with connection.cursor() as cursor:
        cursor.execute(load_sql("catalogue", "search_state"), {"words": list(words)})
        *state, stems = cursor.fetchone()
    return _index(tuple(state)).find(words, {word: found.split() for word, found in zip(words, stems, strict=True)})


_STEMS: Final = Func("words", function="tsvector_to_array", output_field=ArrayField(TextField()))
_latest: tuple[tuple[object, ...], Index] | None = None
"""The index that this process made last, with the state of the catalogue that it is of."""


def _index(state: tuple[object, ...]) -> Index:
    global _latest  # noqa: PLW0603 - one index for a process, changed as a whole
    latest = _latest
    if latest is None or latest[0] != state:
        rows = Training.objects.values_list("pk", "title", "provider__name", "field", _STEMS)
        labels = {field.value: _labels(field) for field in Field}
        entries = (Entry(key, title, provider, stems, labels[field]) for key, title, provider, field, stems in rows)
        latest = _latest = (state, Index(entries, packaged_synonyms()))
    return latest[1]


def _labels(field: Field) -> list[str]:
    """What a field is called in every language; of the one for all others, nothing."""
    if field is Field.OTHER:
        return []
    labels = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            labels.append(str(field.label))
    return labels
