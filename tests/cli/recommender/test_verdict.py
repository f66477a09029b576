"""What is printed of a verdict: first whether it passes, who was judged and what is shown, then the groups."""

import json
from dataclasses import replace
from typing import Any

import numpy as np

from bekal.cli.recommender.verdict import verdict_lines
from bekal.recommender.engine import Attribute, Demographics
from bekal.recommender.engine.evaluation import Dataset, Evaluation, LeftOut, judge
from bekal.recommender.training.measuring import as_json
from tests.recommender.engine.evaluation.builders import data_of_groups, measured


def kept(data: Dataset, evaluation: Evaluation) -> dict[str, Any]:
    """The verdict as the database gives it back."""
    found: dict[str, Any] = json.loads(json.dumps(as_json(judge(data, evaluation, model="bekal"), evaluation), allow_nan=False))
    return found


def within(evaluation: Evaluation, left_out: LeftOut) -> Evaluation:
    cases = {case: replace(each, left_out=left_out) for case, each in evaluation.cases.items()}
    return Evaluation(evaluation.cases, {}, cases)


def test_the_verdict_comes_first_then_what_it_rests_on() -> None:
    evaluation = within(measured({"F": 0.03, "M": 0.09}), LeftOut(targets=3_000, unaffordable=7, without_balance=2))
    lines = verdict_lines("m1", fairness=kept(data_of_groups(), evaluation), refused=())

    assert lines[0] == "m1 passes the gate: no group is certainly worse off than with the list of what is popular"
    assert lines[1].startswith("shown: case 0, sex F / M: the gap widens by 0.0")
    assert lines[1].endswith("(allowed: 0.0100), and F, which lags, gains too")
    assert lines[2] == "case 0: 2 of 3 groups have 200 people or more and are judged; 2 certainly gain, 0 certainly lose"
    assert lines[3] == (
        "case 0: only what each balance could buy then is a candidate; of 3000 targets, 7 cost more and are left out, and 2 of"
        " people whose balance nobody knows"
    )
    assert [line.split() for line in lines[5:8]] == [
        ["case", "what", "is", "shown", "by", "catalogue", "Gini", "mean", "price"],
        ["0", "the", "model", "15.0%", "0.850", "100"],
        ["0", "popularity", "5.0%", "0.950", "100"],
    ]
    assert [line[6:20].strip() for line in lines[9:]] == ["group", "everybody", "sex F", "sex M", "sex X"]
    assert lines[-1].endswith("too few people to judge")


def test_a_refused_model_is_told_why() -> None:
    fairness = kept(data_of_groups(), measured({"F": 0.0, "M": 0.06}))
    lines = verdict_lines("m1", fairness=fairness, refused=fairness["reasons"])
    assert lines[0] == "m1 does NOT pass the gate"
    assert lines[1].startswith("refused: case 0, sex F / M: the gap widens by 0.0")
    assert lines[1].endswith("and F, which lags, does not certainly gain")
    assert verdict_lines("m1", fairness=None, refused=["nobody"]) == ["m1 does NOT pass the gate", "refused: nobody"]


def test_provinces_are_one_line_and_of_many_gaps_three_are_told() -> None:
    people = 34 * 260
    province = Attribute("province", tuple(f"p{number:02}" for number in range(34)))
    codes = np.repeat(np.arange(34), 260)[:, None].astype(np.int16)
    few = data_of_groups()
    data = Dataset(
        Demographics((province,), codes), few.interactions.rows(np.zeros(people, dtype=np.int64)), few.times, few.prices
    )
    case = measured({}, seeds=1).cases["0"]
    rows = np.arange(people) % case.people.size
    models = {
        name: replace(of, items=of.items[rows], ndcg=of.ndcg[rows] + gain, recall=of.recall[rows])
        for name, of, gain in (
            ("bekal", case.models["bekal"], 0.05 + codes[:, 0] / 100),
            ("popularity", case.models["popularity"], np.zeros(people)),
        )
    }
    fairness = kept(data, Evaluation({"0": replace(case, people=np.arange(people), models=models)}, {}))
    lines = verdict_lines("m1", fairness=fairness, refused=())

    assert len(fairness["shown"]) == 4
    assert fairness["shown"][-1] == f"case 0, province: and {len(fairness['gaps']) - 3} more like these"
    (summary,) = (line for line in lines if "province: 34 groups" in line)
    assert summary.startswith("0     province: 34 groups, 34 judged; gains from +0.0")
    assert "(p00) to +0.3" in summary
    assert summary.endswith("(p33); 34 certainly gain, 0 certainly lose")
    assert len(fairness["standings"]) == 35
