"""What the platform's own data hold for a model to learn from."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from bekal.catalogue.models import Training
from bekal.core import clock
from bekal.participants.models import Participant
from bekal.recommender.engine import Attribute, Catalogue, Demographics
from bekal.recommender.engine.data import NO_BALANCE
from bekal.recommender.engine.evaluation.dataset import NO_TIME, Dataset
from bekal.recommender.serving.active import read_active, spread_over_active
from bekal.recommender.serving.offer import current_offer
from bekal.recommender.serving.people import ATTRIBUTES, traits
from bekal.recommender.serving.topics import topics_of
from bekal.recommender.training.folders import Files, asking_of
from bekal.recommender.training.worth import MOST_ASKING, Asking

# Only what was kept: a refunded purchase says that the training was not what the person wanted, or never took place.
_PURCHASES_SQL: Final = """
    SELECT enrolment.participant_id, purchase.training_id, (extract(epoch FROM purchase.bought_at) * 1000000)::bigint,
        coalesce(payment.after_idr + payment.amount_idr, %(no_balance)s)
    FROM purchases_purchase AS purchase
    JOIN participants_enrolment AS enrolment ON enrolment.id = purchase.enrolment_id
    LEFT JOIN ledger_transfer AS payment
        ON payment.owner = ledger_training(enrolment.number) AND payment.key = 'buy:' || purchases_name(purchase.public_id)
    WHERE purchase.status = 'bought'
      AND (%(since)s::timestamptz IS NULL OR purchase.bought_at >= %(since)s)
      AND (%(until)s::timestamptz IS NULL OR purchase.bought_at < %(until)s)
"""


@dataclass(frozen=True, slots=True, eq=False)
class Learnable:
    """What people bought, and the catalogue that it is of.

    Attributes:
        data: every person who bought anything; times in microseconds since 1970, balances as the ledger had them.
        data_from, data_until: first and last day on which something was bought; None where nothing was.
        asking: people as they would be asked about now, to choose what using up a balance is worth; None where nobody is known.
    """

    catalogue: Catalogue
    data: Dataset
    data_from: date | None
    data_until: date | None
    asking: Asking | None


def learnable(*, since: date | None = None, until: date | None = None) -> Learnable:
    """Everything bought that was not given back, and by whom.

    Args:
        since, until: the first and the last day that count, both included; all days without them.
    """
    trainings = sorted(Training.objects.values_list("code", "price_idr", "title", "pk"))
    topics, levels = topics_of(tuple(title for *_, title, _ in trainings))
    catalogue = Catalogue(
        codes=tuple(code for code, *_ in trainings),
        prices_idr=np.array([price_idr for _, price_idr, *_ in trainings], dtype=np.int64),
        topics=topics,
        levels=levels,
    )
    buyers, keys, times, balances_idr = _purchases(since=since, until=until)
    people, rows = np.unique(buyers, return_inverse=True)
    data = Dataset.from_pairs(
        demographics=_demographics(people),
        people=rows.astype(np.int64),
        items=_positions(keys, np.array([key for *_, key in trainings], dtype=np.int64)),
        times=times,
        prices=catalogue.prices_idr,
        balances=balances_idr,
    )
    return Learnable(
        catalogue=catalogue,
        data=data,
        data_from=_day(times.min()) if times.size else None,
        data_until=_day(times.max()) if times.size else None,
        asking=_asking_now(catalogue.codes, data.demographics.attributes),
    )


def _asking_now(codes: tuple[str, ...], attributes: tuple[Attribute, ...]) -> Asking | None:
    offer, day = current_offer(codes), clock.today()
    chosen = spread_over_active(day=day, limit=MOST_ASKING)
    chunk = read_active(day=day, after=0, limit=MOST_ASKING, attributes=attributes, offer=offer, chosen=chosen)
    if not chunk.enrolments:
        return None
    return Asking(chunk.demographics, chunk.histories, chunk.balances_idr, offer.catalogue, offer.allowed)


def _purchases(*, since: date | None, until: date | None) -> NDArray[np.int64]:
    """int64[4, purchases]: participant, training, microseconds since 1970, the balance just before."""
    window = {
        "no_balance": NO_BALANCE,
        "since": since and clock.start_of(since),
        "until": until and clock.start_of(until + timedelta(days=1)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PURCHASES_SQL, window)
        return np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 4).T


def _positions(keys: NDArray[np.int64], ordered: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of each key among those of the catalogue, which are in the order of codes."""
    order = np.argsort(ordered, kind="stable")
    return order[np.searchsorted(ordered, keys, sorter=order)].astype(np.int64)


def _demographics(people: NDArray[np.int64]) -> Demographics:
    columns = ("pk", "age_band", "sex", "education", "province")
    found = {
        pk: traits(age_band=age_band, sex=sex, education=education, province=province)
        for pk, age_band, sex, education, province in Participant.objects.filter(pk__in=people.tolist()).values_list(*columns)
    }
    rows = [found[person] for person in people.tolist()]
    attributes = tuple(Attribute.observed(name, (row[name] for row in rows)) for name in ATTRIBUTES)
    return Demographics.encode(attributes, rows)


def _day(microseconds: np.int64) -> date:
    return clock.day_of(datetime.fromtimestamp(int(microseconds) / 1_000_000, UTC))


def learnable_files(files: Files, *, budget: int | None = None) -> Learnable:
    """What a folder holds to learn from.

    Args:
        budget: what everybody had to spend at first; not known without it.
    """
    times = files.data.times[files.data.times != NO_TIME]
    return Learnable(
        catalogue=files.catalogue,
        data=files.data if budget is None else files.data.with_budget(budget),
        data_from=_day(times.min()) if times.size else None,
        data_until=_day(times.max()) if times.size else None,
        asking=asking_of(files, attributes=files.data.demographics.attributes),
    )
