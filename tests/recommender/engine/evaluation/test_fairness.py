"""Groups that are served worse, gaps that widen, and neither: on measurements of known size."""

import dataclasses

import numpy as np
import pytest

from bekal.recommender.engine import UNKNOWN, Attribute, Demographics, Interactions
from bekal.recommender.engine.evaluation import Dataset, Evaluation, Limits, Measured, Rankings, Rule, Verdict, judge, summaries
from tests.recommender.engine.evaluation.builders import data_of_groups, measured


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


def test_a_gap_that_certainly_widens_is_refused_where_the_group_that_lags_does_not_gain() -> None:
    verdict = judge(data_of_groups(), measured({"F": 0.0, "M": 0.06}), model="bekal")
    (reason,) = verdict.reasons
    assert (reason.rule, reason.attribute, reason.levels, reason.limit) == (Rule.GAP_WIDER, "sex", ("F", "M"), 0.01)
    assert 0.01 < reason.bound < reason.measured == pytest.approx(0.06, abs=0.01)
    assert reason.lagging == "F"
    assert verdict.shown == ()
    assert not verdict.standings[1].gains


def test_a_gap_that_widens_is_shown_where_the_group_that_lags_gains_too() -> None:
    verdict = judge(data_of_groups(), measured({"F": 0.03, "M": 0.09}), model="bekal")
    assert verdict.passed
    (shown,) = verdict.shown
    assert (shown.rule, shown.levels, shown.lagging) == (Rule.GAP_WIDER, ("F", "M"), "F")
    assert 0.01 < shown.bound < shown.measured == pytest.approx(0.06, abs=0.01)


def test_whoever_lags_under_the_model_must_gain_whoever_lagged_under_popularity() -> None:
    # Women were ahead by .05; men gain .12 and are ahead by .07 then, while women stay where they were.
    verdict = judge(data_of_groups(), measured({"M": 0.12}, base={"F": 0.45}), model="bekal")
    assert [reason.lagging for reason in verdict.reasons] == ["F"]
    # Women were behind by .05 and stay where they were: it is they who are left behind, though the others gain.
    verdict = judge(data_of_groups(), measured({"M": 0.12}, base={"F": 0.35}), model="bekal")
    assert [reason.lagging for reason in verdict.reasons] == ["F"]


@pytest.mark.parametrize(("lower", "passes"), [(-0.0005, False), (0.0005, True)])
def test_the_gain_of_whoever_lags_must_be_certain(lower: float, passes: bool) -> None:
    def verdict(gain: float) -> Verdict:
        return judge(data_of_groups(), measured({"F": gain, "M": 0.09}), model="bekal")

    # With the same noise, a gain that is larger by something raises the bounds by just that.
    found = verdict(lower - verdict(0.0).standings[1].lower)
    assert found.standings[1].lower == pytest.approx(lower, abs=1e-12)
    assert found.standings[1].difference > 0
    assert found.gaps[0].lower > 0.01
    assert (found.passed, len(found.reasons), len(found.shown)) == (passes, int(not passes), int(passes))


@pytest.mark.parametrize(("bound", "widens"), [(0.0095, False), (0.0105, True)])
def test_a_gap_must_certainly_widen_past_its_limit(bound: float, widens: bool) -> None:
    def verdict(gain: float) -> Verdict:
        return judge(data_of_groups(), measured({"F": -0.002, "M": gain}), model="bekal")

    found = verdict(0.05 + bound - verdict(0.05).gaps[0].lower)
    assert found.gaps[0].lower == pytest.approx(bound, abs=1e-12)
    assert (found.passed, [reason.lagging for reason in found.reasons]) == (not widens, ["F"] * widens)


def test_a_model_under_which_forty_groups_gain_passes_though_gaps_widen() -> None:
    generator = np.random.default_rng(7)
    provinces, bands = tuple(f"p{number:02}" for number in range(34)), tuple(f"b{number}" for number in range(6))
    codes = np.column_stack([np.repeat(np.arange(34), 260), np.tile(np.arange(6), 34 * 260 // 6 + 1)[: 34 * 260]])
    data = Dataset(
        Demographics((Attribute("age_band", bands), Attribute("province", provinces)), codes[:, ::-1].astype(np.int16)),
        Interactions(np.zeros(len(codes) + 1, dtype=np.int64), np.empty(0, dtype=np.int32), 5),
        np.empty(0, dtype=np.int64),
        np.full(5, UNKNOWN),
    )
    popularity = generator.normal(0.3, 0.15, len(codes))
    model = popularity + 0.05 + 0.15 * codes[:, 0] / 33 + generator.normal(0, 0.02, len(codes))
    items = np.zeros((len(codes), 1), dtype=np.int32)
    rows = {name: Rankings(items, ndcg, ndcg) for name, ndcg in (("bekal", model), ("popularity", popularity))}

    verdict = judge(data, Evaluation({"0": Measured(np.arange(len(codes)), rows)}, {}), model="bekal")

    assert verdict.passed
    assert min(each.difference for each in verdict.standings) > 0.044
    assert len(verdict.shown) > 100
    assert {reason.attribute for reason in verdict.shown} == {"province"}
    everything, _, of_provinces = summaries(verdict)
    assert (everything.groups, everything.judged, everything.gaining, everything.losing) == (40, 40, 40, 0)
    assert (of_provinces.attribute, of_provinces.groups, of_provinces.widened) == ("province", 34, len(verdict.shown))
    assert of_provinces.least is not None
    assert of_provinces.most is not None
    assert (of_provinces.least.level, of_provinces.most.level) == ("p00", "p33")


def test_what_a_balance_can_buy_is_what_is_judged() -> None:
    free, within = measured({"F": -0.05, "M": -0.05}), measured({"F": 0.05, "M": 0.05})
    both = Evaluation(free.cases, {}, within.cases)
    assert not judge(data_of_groups(), free, model="bekal").passed
    assert judge(data_of_groups(), both, model="bekal") == judge(data_of_groups(), within, model="bekal")


def test_a_summary_counts_who_was_judged_and_names_the_ends() -> None:
    everything, sex = summaries(judge(data_of_groups(), measured({"F": 0.05, "M": -0.02, "X": 0.3}), model="bekal"))
    assert everything.least == sex.least
    assert (sex.groups, sex.judged, sex.gaining, sex.losing, sex.widened) == (3, 2, 1, 1, 1)
    assert sex.least is not None
    assert sex.most is not None
    assert (sex.least.level, sex.most.level) == ("M", "F")
    nobody = summaries(judge(data_of_groups(), measured({}), model="bekal", limits=Limits(least_people=5_000)))
    assert [(each.judged, each.least) for each in nobody] == [(0, None)] * 2


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
