"""The rows of recommendations that one person sees, filled by the person's arm."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from bekal.catalogue.models import Training
from bekal.catalogue.queries import as_listed
from bekal.core import clock
from bekal.participants.models import Enrolment
from bekal.purchases.rules import FEWEST_TOGETHER
from bekal.recommender.dashboard.arms import keyed_digest
from bekal.recommender.dashboard.popular import times_taken
from bekal.recommender.engine import UNKNOWN, best_use_of_balance, top_affordable
from bekal.recommender.engine.exploring import CANDIDATES, explore
from bekal.recommender.models import Arm, Impression, Shelf
from bekal.recommender.serving.offer import Offer, current_offer
from bekal.recommender.serving.published import Serving, serving_model
from bekal.recommender.serving.queries import (
    Asked,
    asked_about,
    taken_by,
    titles_named,
)
from bekal.recommender.serving.reasons import Reason, ReasonCode, reasons
from bekal.recommender.serving.wording import in_words

_SHOWN: Final = {Shelf.FITS: 6, Shelf.AFTER: 3}


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A training that the balance can buy, why it is shown (in the reader's language), and what would remain."""

    training: Training
    reason: str
    remaining_idr: int


@dataclass(frozen=True, slots=True)
class Row:
    """One shelf as one person sees it.

    Attributes:
        shelf: which one.
        items: in the order shown; those of a bundle by price.
        after: for `Shelf.AFTER`, the title of the training that all items follow from; else empty.
        total_idr, remaining_idr: for `Shelf.BUNDLE`, the sum of its prices and what it leaves of the balance; else None.
        impression: what is to be recorded of it, not saved yet.
    """

    shelf: Shelf
    items: tuple[Recommendation, ...]
    impression: Impression
    after: str = ""
    total_idr: int | None = None
    remaining_idr: int | None = None


def shelves_for(*, enrolment: Enrolment, balance_idr: int, arm: Arm) -> list[Row]:
    """The shelves of one person, those with content alone, in at most six queries. Nothing is written.

    *Best use of your balance*, the best set, comes first: below six others, nobody with a phone would see it. *Fits your balance*
    holds the best affordable trainings: by popularity in the control arm, and for everybody while no model serves; by the
    published model in the others. *Because you learnt X* holds those of the next best to which an earlier training X contributes
    most. One place of these two is drawn. No topic is twice among them all.

    What is shown stays the same until the day, the balance, the model or the offer changes.

    Args:
        enrolment: with its participant and wave.
        balance_idr: what is left, whole rupiah.
    """
    ranking = _ranking(enrolment, balance_idr, arm)
    composing = _Composing(enrolment=enrolment, balance_idr=balance_idr, arm=arm, ranking=ranking)
    drafts = [composing.bundle, composing.fits, composing.after()]
    return _filled([draft for draft in drafts if draft is not None], ranking, balance_idr)


@dataclass(frozen=True, eq=False)
class _Ranking:
    """Every item of an offer with what it counts in a list for one person, and its utility.

    Where popularity alone ranks, there are no utilities, and `serving` and `asked` are None.
    """

    offer: Offer
    scores: NDArray[np.float64]
    owned: NDArray[np.int32]
    utilities: NDArray[np.int64] | None = None
    serving: Serving | None = None
    asked: Asked | None = None

    def main_reasons(self, items: Sequence[int]) -> list[Reason]:
        """The reason to give for each item."""
        if self.serving is None or self.asked is None:
            return [Reason(ReasonCode.POPULAR)] * len(items)
        found = reasons(
            items,
            person=self.asked.person,
            history=self.asked.history,
            tables=self.serving.model.tables,
            codes=self.serving.manifest.item_codes,
            most=1,
        )
        return [reason for (reason,) in found]


@dataclass(frozen=True, slots=True)
class _Draft:
    """The items of a shelf, and what is recorded of it."""

    items: tuple[int, ...]
    impression: Impression
    after: str | None = None


def _ranking(enrolment: Enrolment, balance_idr: int, arm: Arm) -> _Ranking:
    serving = None if arm is Arm.POPULARITY else serving_model()
    if serving is None:
        taken = times_taken()
        offer = current_offer(list(taken))
        owned = np.array(sorted(set(offer.items_of(taken_by(enrolment)))), dtype=np.int32)
        return _Ranking(offer=offer, scores=np.array(list(taken.values()), dtype=np.float64), owned=owned)
    offer = current_offer(serving.manifest.item_codes)
    asked = asked_about(enrolment=enrolment, balance_idr=balance_idr, serving=serving, offer=offer)
    utilities, owned = serving.model.tables.sums(asked.person, asked.history)[0], asked.history.of(0)
    listed = serving.choosing.listed(
        utilities, prices_idr=offer.catalogue.prices_idr, balance_idr=balance_idr, owns_something=owned.size > 0
    )
    return _Ranking(
        offer=offer,
        scores=listed.astype(np.float64),
        owned=owned,
        utilities=utilities,
        serving=serving,
        asked=asked,
    )


@dataclass(frozen=True, eq=False)
class _Composing:
    """One person's shelves in the making."""

    enrolment: Enrolment
    balance_idr: int
    arm: Arm
    ranking: _Ranking

    @cached_property
    def candidates(self) -> NDArray[np.int32]:
        """The best items on offer, best first, one a topic, and of no topic that the bundle holds."""
        catalogue, in_bundle = self.ranking.offer.catalogue, list(self.bundle.items if self.bundle else ())
        best = top_affordable(
            self.ranking.scores,
            catalogue=catalogue,
            balance_idr=self.balance_idr,
            owned=self.ranking.owned,
            allowed=self.ranking.offer.allowed,
            top=CANDIDATES + len(in_bundle),
        )
        is_there = np.isin(best, in_bundle)
        topics, there = catalogue.topics[best], catalogue.topics[in_bundle]
        is_there |= np.isin(topics, there[there != UNKNOWN])
        return best[~is_there][:CANDIDATES]

    @cached_property
    def fits(self) -> _Draft | None:
        return self._drawn(Shelf.FITS, self.candidates)

    @cached_property
    def bundle(self) -> _Draft | None:
        serving, offer, utilities = self.ranking.serving, self.ranking.offer, self.ranking.utilities
        if self.arm is not Arm.BUNDLE or serving is None or utilities is None:
            return None
        best = best_use_of_balance(
            utilities,
            catalogue=offer.catalogue,
            balance_idr=self.balance_idr,
            owned=self.ranking.owned,
            allowed=offer.allowed,
            choosing=serving.choosing,
        )
        if len(best.items) < FEWEST_TOGETHER:
            return None
        return _Draft(best.items, self._impression(Shelf.BUNDLE, best.items, slate=best.items))

    def after(self) -> _Draft | None:
        first = self.fits
        if self.ranking.serving is None or first is None or not self.ranking.owned.size:
            return None
        follows: dict[str, list[int]] = {}
        others = [item for item in self.candidates.tolist() if item not in first.items]
        for item, reason in zip(others, self.ranking.main_reasons(others), strict=True):
            if reason.after is not None:
                follows.setdefault(reason.after, []).append(item)
        if not follows:
            return None
        # The earlier training of the best item; it comes first, because the candidates come best first.
        after, items = next(iter(follows.items()))
        return self._drawn(Shelf.AFTER, np.array(items, dtype=np.int32), after=after)

    def _drawn(self, shelf: Shelf, candidates: NDArray[np.int32], *, after: str | None = None) -> _Draft | None:
        """A shelf of the best candidates with one place drawn by a softmax, as warm as their scores are spread."""
        if not candidates.size:
            return None
        scores = self.ranking.scores[candidates]
        key = self._key(shelf, candidates.tolist())
        drawn = explore(scores, seed=key.bytes, temperature=float(scores.std()) or 1.0, shown=_SHOWN[shelf])
        items = tuple(candidates[drawn.order].tolist())
        impression = self._impression(shelf, candidates.tolist(), slate=items, slot=drawn.slot, probability=drawn.probability)
        return _Draft(items, impression, after)

    def _key(self, shelf: Shelf, candidates: Sequence[int]) -> UUID:
        model = self.ranking.serving.name if self.ranking.serving else ""
        hangs_on = [self.enrolment.public_id.hex, self.arm, shelf, clock.today(), model, self.balance_idr]
        text = "/".join(map(str, [*hangs_on, self._sha256(candidates).hex()]))
        return UUID(bytes=keyed_digest("impression", text)[:16])

    def _sha256(self, candidates: Sequence[int]) -> bytes:
        codes = self.ranking.offer.catalogue.codes
        return hashlib.sha256("\n".join(codes[item] for item in candidates).encode()).digest()

    def _impression(
        self,
        shelf: Shelf,
        candidates: Sequence[int],
        *,
        slate: Sequence[int],
        slot: int | None = None,
        probability: float | None = None,
    ) -> Impression:
        return Impression(
            key=self._key(shelf, candidates),
            enrolment=self.enrolment,
            arm=self.arm,
            shelf=shelf,
            model=self.ranking.serving.name if self.ranking.serving else "",
            balance_idr=self.balance_idr,
            slate=[int(self.ranking.offer.keys[item]) for item in slate],
            slot=slot,
            probability=probability,
            candidates=len(candidates),
            candidates_sha256=self._sha256(candidates),
            made_at=clock.now(),
        )


def _filled(drafts: Sequence[_Draft], ranking: _Ranking, balance_idr: int) -> list[Row]:
    """The shelves with their trainings, reasons and sums."""
    offer = ranking.offer
    shown = sorted({item for draft in drafts for item in draft.items})
    found = dict(zip(shown, ranking.main_reasons(shown), strict=True))
    titles = titles_named([(reason,) for reason in found.values()])
    keys = [int(offer.keys[item]) for item in shown]
    trainings = as_listed(Training.objects.all()).in_bulk(keys)
    rows = []
    for draft in drafts:
        items = tuple(
            Recommendation(
                training=(training := trainings[int(offer.keys[item])]),
                reason=in_words(found[item], titles=titles),
                remaining_idr=balance_idr - training.price_idr,
            )
            for item in draft.items
        )
        shelf = Shelf(draft.impression.shelf)
        total_idr = sum(item.training.price_idr for item in items) if shelf is Shelf.BUNDLE else None
        rows.append(
            Row(
                shelf=shelf,
                items=items,
                impression=draft.impression,
                after=titles[draft.after] if draft.after else "",
                total_idr=total_idr,
                remaining_idr=None if total_idr is None else balance_idr - total_idr,
            )
        )
    return rows
