"""Who can still spend, all of them or some."""

from bekal.catalogue.models import Training
from bekal.recommender.engine import Attribute
from bekal.recommender.serving.active import count_active, read_active, spread_over_active
from bekal.recommender.serving.offer import current_offer
from tests.recommender.market import TODAY, Market


def test_some_are_spread_evenly_over_all_who_can_spend(market: Market) -> None:
    everybody = spread_over_active(day=TODAY, limit=1_000)
    assert everybody == sorted(everybody)
    assert len(everybody) == count_active(day=TODAY) > 30

    some = spread_over_active(day=TODAY, limit=3)

    assert some == [everybody[0], everybody[(len(everybody) - 1) // 2], everybody[-1]]
    offer = current_offer(tuple(sorted(Training.objects.values_list("code", flat=True))))
    attributes = (Attribute("sex", ("F", "M")),)
    chunk = read_active(day=TODAY, after=0, limit=10, attributes=attributes, offer=offer, chosen=some)
    assert chunk.enrolments == some
    whole = read_active(day=TODAY, after=0, limit=1_000, attributes=attributes, offer=offer)
    rows = [everybody.index(enrolment) for enrolment in some]
    assert whole.enrolments == everybody
    assert chunk.balances_idr.tolist() == whole.balances_idr[rows].tolist()
    assert [chunk.histories.of(place).tolist() for place in range(3)] == [whole.histories.of(row).tolist() for row in rows]
