"""Reading the catalogue: search, one training, and its prices over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Final
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchQueryCombinable, SearchRank
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from bekal.catalogue.errors import UnknownTraining
from bekal.catalogue.models import SPLITTING, Field, PriceChange, Provider, Training
from bekal.core.errors import NotFound

_TEXT_CHARACTERS: Final = 200
_WORDS: Final = 10
_LIMIT: Final = 100
_APART: Final = {ord(character): " " for character in SPLITTING} | dict.fromkeys([*range(32), 127], " ")


class Order(StrEnum):
    """How found trainings are ordered; equal ones by title."""

    BEST = "best"
    """What fits the text best first; without a text, by title."""
    CHEAPEST = "cheapest"
    DEAREST = "dearest"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class TrainingPage:
    """One page of what was found: `page` of `pages`, counted from 1, and how many there are in `total`."""

    rows: list[Training]
    total: int
    page: int
    pages: int


def search_trainings(
    *,
    text: str = "",
    field: str | None = None,
    most_idr: int | None = None,
    order: Order = Order.BEST,
    page: int = 1,
    limit: int = 24,
) -> TrainingPage:
    """The open trainings, full ones too, that match all that is asked. Two queries; any input is harmless.

    Args:
        text: words that title and provider's name must hold between them, as Indonesian word forms or as they are; the last
            may be the beginning of one. Only the first 200 characters and 10 words count.
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
    queries = _word_queries(text)
    for query in queries:
        found = found.filter(Q(words=query) | Q(provider__in=Provider.objects.filter(words=query)))
    if text.strip() and not queries:
        found = found.none()
    total = found.count()
    pages = max(-(-total // limit), 1)
    page = min(max(page, 1), pages)
    start = (page - 1) * limit
    rows = as_listed(_ordered(found, order, queries))[start : start + limit] if total else ()
    return TrainingPage(rows=list(rows), total=total, page=page, pages=pages)


def as_listed(trainings: QuerySet[Training]) -> QuerySet[Training]:
    """With their providers, and without what is long and shown on a training's own page alone."""
    return trainings.select_related("provider").defer("words", "provider__words", "description")


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


def _ordered(found: QuerySet[Training], order: Order, queries: list[SearchQueryCombinable]) -> QuerySet[Training]:
    match order:
        case Order.CHEAPEST:
            return found.order_by("price_idr", Lower("title"), "pk")
        case Order.DEAREST:
            return found.order_by("-price_idr", Lower("title"), "pk")
        case Order.NEWEST:
            return found.order_by("-created_at", Lower("title"), "pk")
        case Order.BEST:
            if not queries:
                return found.order_by(Lower("title"), "pk")
            return found.order_by(SearchRank(F("words"), reduce(or_, queries)).desc(), Lower("title"), "pk")


def _word_queries(text: str) -> list[SearchQueryCombinable]:
    plain = text[:_TEXT_CHARACTERS].encode(errors="ignore").decode().translate(_APART)
    words = [word for word in plain.split() if any(character.isalnum() for character in word)][:_WORDS]
    return [_word_query(word, is_last=place == len(words)) for place, word in enumerate(words, start=1)]


def _word_query(word: str, *, is_last: bool) -> SearchQueryCombinable:
    """A word as an Indonesian word form or as it is, the last also as a beginning. Its characters have no meaning in a query."""
    plain = SearchQuery(f"'{word}':*", config="simple", search_type="raw") if is_last else SearchQuery(word, config="simple")
    return SearchQuery(word, config="indonesian") | plain
