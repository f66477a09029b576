"""What a model learns from."""

from datetime import timedelta

from bekal.purchases.models import Purchase
from bekal.recommender.training.folders import Files
from bekal.recommender.training.learning import learnable, learnable_files
from tests.builders import ACCEPTED_ON, day_after, on
from tests.recommender.market import PRICES_IDR, TODAY, Market
from tests.web.village import buy


def test_is_what_everybody_has_in_the_order_bought(market: Market) -> None:
    found = learnable()

    bought = {
        (purchase.enrolment.participant_id, purchase.training.code)
        for purchase in Purchase.objects.select_related("enrolment", "training")
    }
    assert len(bought) == found.data.interactions.items.size == 70
    assert found.data.interactions.people_count == 35
    assert found.catalogue.codes == tuple(sorted(training.code for training in market.trainings))
    assert sorted(found.catalogue.prices_idr.tolist()) == sorted(PRICES_IDR)
    assert (found.data_from, found.data_until) == (day_after(ACCEPTED_ON), day_after(ACCEPTED_ON))


def test_balances_are_those_of_the_ledger_just_before_each_purchase(market: Market) -> None:
    # A purchase that was given back had been paid for when the next one was.
    first = Purchase.objects.earliest("pk")
    Purchase.objects.filter(pk=first.pk).update(status="refunded")
    data = learnable().data
    spending = data.interactions.spending
    assert spending is not None
    assert spending.prices.tolist() == data.prices.tolist()
    by_lengths: dict[int, list[int | None]] = {1: [1_000_000 - first.price_idr], 2: [1_000_000, None]}
    for person in range(data.interactions.people_count):
        entries = slice(*data.interactions.indptr[person : person + 2])
        items, balances = data.interactions.items[entries], spending.balances[entries].tolist()
        expected = by_lengths[len(balances)]
        assert balances == [1_000_000 - int(data.prices[items[0]]) if each is None else each for each in expected]


def test_a_refunded_purchase_is_no_sign_of_liking(market: Market) -> None:
    # As `purchases.refunds` leaves it; the money is not at issue here.
    Purchase.objects.filter(pk=Purchase.objects.earliest("pk").pk).update(status="refunded")
    assert learnable().data.interactions.items.size == 69


def test_a_window_holds_its_first_and_its_last_day(market: Market) -> None:
    buy(market.people[0], market.trainings[-1])
    first, last = day_after(ACCEPTED_ON), TODAY

    def count(**window: object) -> int:
        return int(learnable(**window).data.interactions.items.size)  # type: ignore[arg-type]

    assert count(until=first) == count(until=last - timedelta(days=1)) == 70
    assert count(since=day_after(first)) == count(since=last, until=last) == 1
    assert count(since=day_after(last)) == 0
    with on(last):
        assert learnable(since=first, until=last).data_until == last


def test_people_who_can_spend_now_say_what_a_balance_is_worth(market: Market) -> None:
    asking = learnable().asking

    assert asking is not None
    # The last person bought nothing in time.
    assert asking.balances_idr.tolist() == [
        1_000_000 - sum(purchase.price_idr for purchase in person.purchases.all()) for person in market.people[:-1]
    ]
    assert asking.histories.lengths.tolist() == [2] * 35


def test_of_a_folder_a_budget_says_what_everybody_had(read: Files) -> None:
    assert learnable_files(read).data.interactions.spending is None
    spending = learnable_files(read, budget=1_000).data.interactions.spending
    assert spending is not None
    first = read.data.interactions.indptr[:-1][read.data.interactions.lengths > 0]
    assert set(spending.balances[first].tolist()) == {1_000}
