"""Everybody's recommendations at once, killed and resumed."""

import pytest

from bekal.catalogue.services import close_training
from bekal.participants.models import Enrolment
from bekal.recommender.batch import nightly
from bekal.recommender.batch.nightly import finish_run, left_to_do, open_run
from bekal.recommender.errors import NoModel
from bekal.recommender.models import BatchResult, BatchRun
from bekal.recommender.serving.offer import current_offer
from bekal.recommender.serving.published import serving_model
from bekal.recommender.serving.queries import asked_about, fitting
from bekal.recommender.training.services import train_model
from tests.builders import day_after, on
from tests.recommender.market import TODAY, Market
from tests.web.village import buy


def results(run: BatchRun) -> dict[int, tuple[int, list[int], list[int], int]]:
    return {
        result.enrolment_id: (result.balance_idr, result.trainings, result.bundle, result.bundle_price_idr)
        for result in BatchResult.objects.filter(run=run)
    }


def one_by_one(people: list[Enrolment]) -> dict[int, tuple[int, list[int], list[int], int]]:
    """What the same people get when they are asked about one at a time."""
    serving = serving_model()
    assert serving is not None
    offer = current_offer(serving.manifest.item_codes)
    found = {}
    for enrolment in people:
        balance_idr = 1_000_000 - sum(purchase.price_idr for purchase in enrolment.purchases.all())
        asked = asked_about(enrolment=enrolment, balance_idr=balance_idr, serving=serving, offer=offer)
        best = fitting(asked, serving=serving, offer=offer, top=nightly.TOP)
        keys = [int(key) for key in offer.keys]
        found[enrolment.pk] = (
            balance_idr, [keys[item] for item in best.items], [keys[item] for item in best.bundle.items], best.bundle.price_idr,
        )  # fmt: skip
    return found


def test_everybody_who_can_spend_gets_what_they_would_get_alone(market: Market) -> None:
    train_model()
    close_training(training_id=market.trainings[3].pk, actor=None)

    run = finish_run(run=open_run())

    assert run.people == 35  # the last person bought nothing in time
    found = results(run)
    assert found == one_by_one(market.people[:-1])
    assert all(market.trainings[3].pk not in trainings for _, trainings, *_ in found.values())
    assert any(len(bundle) > 1 for *_, bundle, _ in found.values())


def test_whoever_comes_in_later_counts(market: Market) -> None:
    train_model()
    with on(day_after(day_after(market.wave.accepted_on))):
        buy(market.people[-1], market.trainings[0])
    assert finish_run(run=open_run()).people == 36


def test_who_may_not_know_of_the_balance_can_still_spend_it(market: Market) -> None:
    train_model()
    Enrolment.objects.filter(pk=market.people[-1].pk).update(first_purchase_by=None)
    assert finish_run(run=open_run()).people == 36


def test_a_killed_batch_goes_on_where_it_was(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "CHUNK_PEOPLE", 7)
    train_model()
    run = open_run()
    done: list[int] = []

    def killed(people: int) -> None:
        done.append(people)
        if len(done) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finish_run(run=run, progress=killed)
    assert (done, left_to_do(BatchRun.objects.get())) == ([7, 7, 7], 35 - 21)

    again = open_run()
    assert again.pk == run.pk
    finished = finish_run(run=again, progress=done.append)

    assert (sum(done), finished.people) == (35, 35)
    assert results(finished) == one_by_one(market.people[:-1])
    assert finish_run(run=finished).people == 35


def test_the_next_day_replaces_the_results(market: Market) -> None:
    train_model()
    first = finish_run(run=open_run())
    with on(day_after(TODAY)):
        second = finish_run(run=open_run())

    assert second.pk != first.pk
    assert (len(results(first)), len(results(second))) == (0, 35)


def test_another_model_begins_anew(market: Market) -> None:
    train_model()
    begun = open_run()
    train_model()
    assert open_run().pk != begun.pk


def test_without_a_model_there_is_no_batch(market: Market) -> None:
    with pytest.raises(NoModel):
        open_run()
