"""Which model serves: the gate, the override, the way back, and what the process holds."""

from typing import Any

import pytest
from pytest_django import Settings

from bekal.access.errors import RoleMissing, SamePerson
from bekal.access.models import Act, Role, User
from bekal.recommender.engine.store import read_manifest
from bekal.recommender.errors import (
    ModelFileUnusable,
    ModelUnfair,
    NothingToLearn,
    NothingToRollBackTo,
    OverrideIncomplete,
    OverrideNotNeeded,
)
from bekal.recommender.models import Publication, TrainedModel
from bekal.recommender.serving.published import models_folder, serving_model
from bekal.recommender.training.learning import learnable
from bekal.recommender.training.publishing import gate_refusals, publish, roll_back
from bekal.recommender.training.services import model_is_current, train, train_model
from tests.builders import make_trainings, make_user
from tests.recommender.market import Market

REASON = "case rest, sex M: NDCG -0.0655 against popularity, certainly below -0.0101 (allowed: -0.0050)"


def trained(by: User | None = None) -> TrainedModel:
    return train(found=learnable(), trained_by=by)


def unfair(by: User | None = None) -> TrainedModel:
    """A model of which a measurement found that it is not fair."""
    model = trained(by)
    model.is_fair = False
    assert model.fairness is not None
    model.fairness = {**model.fairness, "passed": False, "reasons": [REASON]}
    model.save()
    return model


def serves() -> str | None:
    serving = serving_model()
    return serving.name if serving else None


def test_nothing_serves_before_something_is_published(market: Market) -> None:
    model = trained()

    assert (serves(), model_is_current()) == (None, False)
    publish(model=model)
    assert (serves(), model_is_current()) == (model.name, True)


def test_a_new_training_makes_the_model_outdated(market: Market) -> None:
    train_model()
    make_trainings(120_000)
    assert not model_is_current()


def test_a_model_whose_file_cannot_be_loaded_is_not_current(market: Market) -> None:
    (models_folder() / train_model().file_name).write_bytes(b"of another version")
    assert not model_is_current()


def test_what_was_found_out_is_kept(market: Market) -> None:
    model = trained(market.operator)

    assert (model.people, model.purchases, model.is_fair) == (35, 70, True)
    assert model.trained_by == market.operator
    assert set(model.metrics) == {
        f"{name}_{case}"
        for case in ("0", "rest", "0_whatever_it_costs", "rest_whatever_it_costs")
        for name in ("bekal_ndcg", "popularity_ndcg")
    } | {f"{name}_{case}" for case in ("0", "rest") for name in ("people", "targets", "targets_left_out")}
    # Everybody could buy at that moment what they bought.
    assert (model.metrics["targets_left_out_0"], model.metrics["targets_left_out_rest"]) == (0, 0)
    assert model.metrics["bekal_ndcg_rest"] > model.metrics["popularity_ndcg_rest"]
    assert model.fairness is not None
    assert read_manifest(models_folder() / model.file_name).fairness == model.fairness
    assert {(standing["case"], standing["attribute"]) for standing in model.fairness["standings"]} == {
        (case, attribute) for case in ("0", "rest") for attribute in ("", "sex", "age_band", "education", "province")
    }


def test_an_unfair_model_is_refused_with_its_reasons(market: Market) -> None:
    model = unfair()

    with pytest.raises(ModelUnfair) as refused:
        publish(model=model)

    assert gate_refusals(model) == (REASON,)
    assert REASON in str(refused.value)
    assert (serves(), Publication.objects.count()) == (None, 0)


def test_a_model_that_could_not_be_judged_is_refused_too(market: Market, settings: Settings) -> None:
    settings.BEKAL_FAIRNESS_LIMITS = {"least_people": 200}
    model = trained()

    assert model.is_fair is None
    with pytest.raises(ModelUnfair, match=r"only \d+ people could be asked about; 200 are needed"):
        publish(model=model)


def test_only_a_second_person_overrides_the_gate(market: Market) -> None:
    publisher, approver, other = market.operator, market.approver, make_user(Role.APPROVER)
    model = unfair(by=other)

    def override(by: User, **changes: Any) -> None:
        publish(**{"model": model, "publisher": publisher, "overridden_by": by, "reason": "the only one", **changes})

    with pytest.raises(SamePerson):
        override(publisher)
    with pytest.raises(SamePerson):  # who trained it
        override(other)
    with pytest.raises(RoleMissing):
        override(make_user(Role.AUDITOR))
    for incomplete in ({"reason": " "}, {"reason": "\u200b"}, {"reason": "a" * 1_001}, {"publisher": None}):
        with pytest.raises(OverrideIncomplete):
            override(approver, **incomplete)
    assert serves() is None

    override(approver, reason="the\u202e only one\n")

    assert serves() == model.name
    acts = Act.objects.filter(subject=f"model:{model.name}").order_by("id").values_list("verb", "actor", "details__reason")
    assert list(acts) == [
        ("recommender.train", other.pk, None),
        ("recommender.publish", publisher.pk, "the only one"),
        ("recommender.override", approver.pk, "the only one"),
    ]


def test_a_fair_model_needs_no_override(market: Market) -> None:
    with pytest.raises(OverrideNotNeeded):
        publish(model=trained(), publisher=market.operator, overridden_by=market.approver, reason="to be quick")


def test_rolling_back_goes_one_publication_further_each_time(market: Market) -> None:
    first, second, third = (trained() for _ in range(3))
    for model in (first, second, third):
        publish(model=model)

    assert (roll_back().model, serves()) == (second, second.name)
    publish(model=third)
    assert (roll_back().model, roll_back().model, serves()) == (second, first, first.name)
    with pytest.raises(NothingToRollBackTo):
        roll_back(actor=market.operator)
    assert serves() == first.name


def test_nothing_to_roll_back_to(market: Market) -> None:
    with pytest.raises(NothingToRollBackTo):
        roll_back()


def test_a_changed_file_is_neither_published_nor_served(market: Market) -> None:
    good, changed = train_model(), trained()
    publish(model=changed)
    path = models_folder() / changed.file_name
    path.write_bytes(path.read_bytes() + b"\0")

    assert serves() is None
    with pytest.raises(ModelFileUnusable):
        publish(model=changed)
    assert (roll_back().model, serves()) == (good, good.name)


def test_without_purchases_there_is_nothing_to_learn(db: None, settings: Settings, tmp_path: Any) -> None:
    settings.BEKAL_HOME = tmp_path
    make_trainings(100_000)
    with pytest.raises(NothingToLearn):
        train_model()
