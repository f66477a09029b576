"""Groups that are served worse, gaps that widen, and neither: on measurements of known size."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Attribute, Demographics, Interactions
from bekal.recommender.engine.evaluation import Dataset, Evaluation, Limits, Measured, Rankings, Rule, judge

GROUPS = {"F": 600, "M": 600, "X": 60}


def data_of_groups(*, prices: list[int] | None = None) -> Dataset:
    levels = [level for level, count in GROUPS.items() for _ in range(count)]
    demographics = Demographics.encode((Attribute("sex", tuple(GROUPS)),), [{"sex": level} for level in levels])
    nothing = Interactions(np.zeros(len(levels) + 1, dtype=np.int64), np.empty(0, dtype=np.int32), 20)
    return Dataset(demographics, nothing, np.empty(0, dtype=np.int64), np.array(prices or [100] * 20))


def measured(shifts: dict[str, float], *, base: dict[str, float] | None = None, seeds: int = 2) -> Evaluation:
    """Popularity around .4 (or `base`), and a model that differs from it by this much on average, with noise of both kinds."""
    generator = np.random.default_rng(5)
    rows = [
        (level, (base or {}).get(level, 0.4), shifts.get(level, 0.0)) for level, count in GROUPS.items() for _ in range(count)
    ]
    count = len(rows)
    people = np.tile(np.arange(count), seeds)
    popularity = np.array([mean for _, mean, _ in rows]) + generator.normal(0, 0.1, count)
    model = popularity + np.array([shift for *_, shift in rows]) + generator.normal(0, 0.05, count)
    items = np.tile(np.arange(3, dtype=np.int32), (count * seeds, 1))

    def ranked(ndcg: NDArray[np.float64], shown: NDArray[np.int32]) -> Rankings:
        return Rankings(shown, np.tile(ndcg, seeds), np.tile(ndcg, seeds))

    return Evaluation(
        {"0": Measured(people, {"bekal": ranked(model, items), "popularity": ranked(popularity, items[:, :1])})}, {}
    )


def test_a_model_that_is_better_for_everybody_alike_passes() -> None:
    verdict = judge(data_of_groups(), measured({"F": 0.05, "M": 0.05, "X": 0.05}), model="bekal")
    assert verdict.passed
    assert verdict.reasons == ()
    assert [(each.attribute, each.level, each.n, each.judged) for each in verdict.standings] == [
        ("", "", 1_260, True),
        ("sex", "F", 600, True),
        ("sex", "M", 600, True),
        ("sex", "X", 60, False),
    ]
    assert verdict.standings[1].difference == pytest.approx(0.05, abs=0.01)
    assert [gap.levels for gap in verdict.gaps] == [("F", "M")]


def test_a_group_that_is_certainly_worse_off_is_named() -> None:
    verdict = judge(data_of_groups(), measured({"F": -0.02, "M": -0.02, "X": -0.02}), model="bekal")
    assert not verdict.passed
    assert [(reason.rule, reason.attribute, reason.levels) for reason in verdict.reasons] == [
        (Rule.GROUP_WORSE_OFF, "", ()),
        (Rule.GROUP_WORSE_OFF, "sex", ("F",)),
        (Rule.GROUP_WORSE_OFF, "sex", ("M",)),
    ]
    for reason in verdict.reasons:
        assert reason.measured < reason.bound < reason.limit == -0.005


def test_a_loss_that_may_be_chance_does_not_stop_a_model() -> None:
    verdict = judge(data_of_groups(), measured({"F": -0.006, "M": 0.0}), model="bekal")
    assert verdict.standings[1].difference < -0.003
    assert verdict.passed


def test_a_gap_that_certainly_widens_is_named_even_if_nobody_loses() -> None:
    verdict = judge(data_of_groups(), measured({"F": 0.0, "M": 0.06}), model="bekal")
    (reason,) = verdict.reasons
    assert (reason.rule, reason.attribute, reason.levels, reason.limit) == (Rule.GAP_WIDER, "sex", ("F", "M"), 0.01)
    assert 0.01 < reason.bound < reason.measured == pytest.approx(0.06, abs=0.01)


def test_a_gap_that_closes_is_welcome() -> None:
    verdict = judge(data_of_groups(), measured({"F": 0.1}, base={"F": 0.3}), model="bekal")
    assert verdict.gaps[0].widening < -0.05
    assert verdict.passed


def test_small_groups_are_reported_and_not_judged() -> None:
    evaluation = measured({"X": -0.05})
    verdict = judge(data_of_groups(), evaluation, model="bekal")
    assert verdict.passed
    assert verdict.standings[3].upper < -0.03
    strict = judge(data_of_groups(), evaluation, model="bekal", limits=Limits(least_people=50))
    assert {(reason.rule, reason.levels) for reason in strict.reasons} >= {
        (Rule.GROUP_WORSE_OFF, ("X",)),
        (Rule.GAP_WIDER, ("F", "X")),
    }


def test_with_too_few_people_nothing_is_known_and_a_model_does_not_pass() -> None:
    verdict = judge(data_of_groups(), measured({"F": 0.1}), model="bekal", limits=Limits(least_people=2_000))
    (reason,) = verdict.reasons
    assert (reason.rule, reason.measured, reason.limit) == (Rule.TOO_FEW_PEOPLE, 1_260, 2_000)


def test_among_many_equal_groups_no_gap_is_invented() -> None:
    generator = np.random.default_rng(2)
    levels = tuple(f"p{number:02}" for number in range(34))
    codes = np.repeat(np.arange(34), 220)[:, None]
    data = Dataset(
        Demographics((Attribute("province", levels),), codes.astype(np.int16)),
        Interactions(np.zeros(codes.size + 1, dtype=np.int64), np.empty(0, dtype=np.int32), 5),
        np.empty(0, dtype=np.int64),
        np.full(5, UNKNOWN),
    )
    popularity = generator.normal(0.4, 0.2, codes.size)
    model = popularity + generator.normal(0.02, 0.15, codes.size)
    items = np.zeros((codes.size, 1), dtype=np.int32)
    rows = {name: Rankings(items, ndcg, ndcg) for name, ndcg in (("bekal", model), ("popularity", popularity))}
    verdict = judge(data, Evaluation({"0": Measured(np.arange(codes.size), rows)}, {}), model="bekal")
    assert len(verdict.gaps) == 34 * 33 // 2
    assert max(gap.widening for gap in verdict.gaps) > 0.02
    assert not [reason for reason in verdict.reasons if reason.rule is Rule.GAP_WIDER]


def test_exposure_says_how_much_of_the_catalogue_is_shown_how_unequally_and_at_what_price() -> None:
    data = data_of_groups(prices=[100, 200, UNKNOWN] + [900] * 17)
    standing = judge(data, measured({}), model="bekal").standings[0]
    assert standing.exposure.coverage == pytest.approx(3 / 20)
    assert standing.exposure.gini == pytest.approx(1 - 3 / 20)
    assert standing.exposure.mean_price == pytest.approx(150)
    assert standing.popularity_exposure.coverage == pytest.approx(1 / 20)
    assert standing.popularity_exposure.gini == pytest.approx(1 - 1 / 20)


def test_verdicts_cannot_be_changed_and_become_plain_data() -> None:
    verdict = judge(data_of_groups(), measured({"F": -0.02}), model="bekal")
    with pytest.raises(dataclasses.FrozenInstanceError):
        verdict.reasons = ()  # type: ignore[misc]
    assert dataclasses.asdict(verdict)["reasons"][0]["rule"] == "group_worse_off"


def test_attributes_can_be_chosen_and_what_is_not_there_is_refused() -> None:
    evaluation = measured({"F": -0.02})
    assert [each.attribute for each in judge(data_of_groups(), evaluation, model="bekal", attributes=()).standings] == [""]
    with pytest.raises(ValueError, match="no attribute shoe_size"):
        judge(data_of_groups(), evaluation, model="bekal", attributes=("shoe_size",))
    with pytest.raises(ValueError, match="must have been measured"):
        judge(data_of_groups(), evaluation, model="other")


@pytest.mark.parametrize("wrong", [{"loss": -1.0}, {"widening": -1.0}, {"least_people": 0}, {"confidence": 0.5}])
def test_limits_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Limits(**wrong)  # type: ignore[arg-type]
