"""Which trainings fit a person and what is left, one person at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bekal.catalogue.models import Training
from bekal.participants.models import Enrolment
from bekal.purchases.models import Purchase, PurchaseStatus
from bekal.recommender.engine import Demographics, Interactions
from bekal.recommender.engine.batch import Fit, recommend_one
from bekal.recommender.serving.offer import Offer
from bekal.recommender.serving.people import traits_of
from bekal.recommender.serving.published import Serving
from bekal.recommender.serving.reasons import Reason, reasons


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One person as a model is asked about: one row each, of the model's own attributes and items."""

    person: Demographics
    history: Interactions
    balance_idr: int


def taken_by(enrolment: Enrolment) -> list[int]:
    """The primary keys of the trainings that the enrolment's person has, from earlier waves too, earliest first."""
    found = Purchase.objects.filter(enrolment__participant=enrolment.participant_id, status=PurchaseStatus.BOUGHT)
    return list(found.order_by("bought_at", "pk").values_list("training_id", flat=True))


def asked_about(*, enrolment: Enrolment, balance_idr: int, serving: Serving, offer: Offer) -> Asked:
    """An enrolment as the model is asked about it, in one query.

    Args:
        enrolment: with its participant.
    """
    # Of a training bought in two waves, the first time counts.
    items = list(dict.fromkeys(offer.items_of(taken_by(enrolment))))
    return Asked(
        person=Demographics.encode(serving.model.attributes, [traits_of(enrolment.participant)]),
        history=Interactions.from_lists([items], item_count=serving.model.item_count),
        balance_idr=balance_idr,
    )


def fitting(asked: Asked, *, serving: Serving, offer: Offer, top: int) -> Fit:
    """The best trainings that the balance can buy, and the best set of them. No query.

    Never one that the person has, that is closed or full. What is on offer, and how it is chosen: `engine.choosing`.
    """
    return recommend_one(
        serving.model.tables,
        asked.person,
        asked.history,
        catalogue=offer.catalogue,
        balance_idr=asked.balance_idr,
        allowed=offer.allowed,
        top=top,
        choosing=serving.choosing,
    )


def reasons_for(items: Sequence[int], *, asked: Asked, serving: Serving) -> list[tuple[Reason, ...]]:
    """What speaks for each of these items, in the order of `reasons`. No query."""
    codes = serving.manifest.item_codes
    return reasons(items, person=asked.person, history=asked.history, tables=serving.model.tables, codes=codes)


def titles_named(found: Iterable[Sequence[Reason]]) -> dict[str, str]:
    """The titles, by code, of the trainings that these reasons name, in one query or none."""
    codes = {reason.after for each in found for reason in each if reason.after is not None}
    return dict(Training.objects.filter(code__in=codes).values_list("code", "title")) if codes else {}
