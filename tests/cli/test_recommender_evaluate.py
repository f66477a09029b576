"""Evaluating models on files: no database, no home folder."""

import random
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Bekal, Outcome

NOWHERE = "/nonexistent/bekal"
MODELS = ("naive_bayes", "popularity")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """300 synthetic people: most women take early items first, most men late ones; a few ages and prices are missing."""
    chance = random.Random(4)
    people, history = ["person_id,sex,age,note"], ["person_id,item_id,time"]
    for person in range(300):
        sex = chance.choice(["F", "M", "F", "M", ""])
        people.append(f"{person},{sex},{chance.choice(['', *range(18, 60)])},")
        weights = [1 + (10 if (item < 6) == (sex == "F") else 0) for item in range(12)]
        taken = dict.fromkeys(chance.choices(range(12), weights, k=chance.randint(0, 9)))
        history += [f"{person},i{item:02},2021-0{1 + place // 5}-{1 + place:02}" for place, item in enumerate(taken)]
    catalogue = ["item_id,title,price", *(f"i{item:02},Training {item},{item * 50_000 if item else ''}" for item in range(12))]
    for name, lines in (("people", people), ("history", [*history, "x,i01,"]), ("catalogue", catalogue)):
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def evaluated(bekal: Bekal, folder: Path, *options: str) -> Outcome:
    return bekal("recommender", "evaluate", str(folder), *options, "--models", *MODELS, BEKAL_HOME=NOWHERE)


def test_held_out_people_in_every_case(bekal: Bekal, folder: Path) -> None:
    outcome = evaluated(bekal, folder, "--json", "--visible", "0", "1", "half", "rest", "--min-items", "2", "--k", "3")
    assert (outcome.status, outcome.errors) == (0, "")
    found = outcome.json
    assert list(found["models"]) == list(MODELS)
    for cases in found["models"].values():
        assert list(cases) == ["0", "1", "half", "rest"]
        for figures in cases.values():
            low, high = figures["ndcg_ci"]
            assert 0 < low < figures["ndcg"] < high < 1
            assert 0 < figures["recall"] < 1
            assert set(figures["groups"]) == {"sex", "age"}
            assert sum(group["n"] for group in figures["groups"]["sex"].values()) < figures["people"]
    assert found["models"]["naive_bayes"]["0"]["ndcg"] > found["models"]["popularity"]["0"]["ndcg"]
    assert found["train_seconds"] > 0
    assert (found["people"], found["items"], found["splits"], found["k"]) == (300, 12, 3, 3)
    assert found["dropped"] == {"history.csv: a person that people.csv does not name": 1}
    assert found["unknown"]["sex"] > 0
    assert "column note: nothing in it can be used" in found["notes"]


def test_a_moment_gives_newcomers_and_those_who_come_back(bekal_here: Bekal, folder: Path) -> None:
    history = (folder / "history.csv").read_text().splitlines()
    later = [f"{person},i{person % 12:02},2021-06-01" for person in range(100)]
    (folder / "history.csv").write_text("\n".join([*history, *later]))
    outcome = evaluated(bekal_here, folder, "--json", "--split-time", "2021-05-01T00:00:00+07:00")
    assert outcome.status == 0
    cases = outcome.json["models"]["popularity"]
    assert set(cases) == {"cold", "warm"}
    assert cases["cold"]["people"] + cases["warm"]["people"] < 100
    assert outcome.json["splits"] == 1


def test_a_budget_is_said_to_leave_out_what_has_no_price(bekal_here: Bekal, folder: Path) -> None:
    run = ("--json", "--visible", "0", "--min-items", "2", "--budget", "300000")
    notes = evaluated(bekal_here, folder, *run).json["notes"]
    assert "--budget: 1 items without a price are never recommended, and cost nothing where they are visible" in notes
    (said,) = [note for note in notes if note.startswith("--budget: in the case 0, ")]
    assert re.fullmatch(r"--budget: in the case 0, [1-9]\d* of \d+ targets could not be bought and are left out", said)


def test_with_a_budget_the_first_table_is_what_it_could_buy_and_files_hold_both(bekal_here: Bekal, folder: Path) -> None:
    table, picture = folder / "found.csv", folder / "found.svg"
    run = ("--visible", "0", "--min-items", "2", "--budget", "300000", "--csv", str(table), "--plot", str(picture))
    outcome = evaluated(bekal_here, folder, "--json", *run)
    assert (outcome.status, outcome.json["candidates"], outcome.json["all_items"]["candidates"]) == (0, "affordable", "all")
    left_out = outcome.json["left_out"]["0"]
    assert 0 < left_out["unaffordable"] < left_out["targets"]
    assert outcome.json["winners"]["0"]["model"] == "naive_bayes"
    assert table.read_text().count("\naffordable,0,naive_bayes,,") == table.read_text().count("\nall,0,naive_bayes,,") == 1
    assert picture.read_text().startswith("<svg ")
    without = evaluated(bekal_here, folder, "--json", "--visible", "0", "--min-items", "2").json
    assert (without["candidates"], without["all_items"], without["left_out"]) == ("all", None, {"0": None})
    assert without["models"] == outcome.json["all_items"]["models"]


def test_a_file_that_cannot_be_written_is_refused_before_the_work(bekal_here: Bekal, folder: Path) -> None:
    outcome = evaluated(bekal_here, folder / "nowhere", "--json", "--plot", str(folder / "nowhere" / "found.svg"))
    assert (outcome.status, outcome.json["error"]["code"]) == (2, "file_not_written")


def test_a_table_is_for_people(bekal_here: Bekal, folder: Path) -> None:
    outcome = evaluated(bekal_here, folder, "--visible", "1", "--min-items", "3")
    assert outcome.status == 0
    assert all(text in outcome.output for text in ("NDCG@10", "95 % interval", "naive_bayes", "18-24", "people took nothing"))


def test_equal_runs_say_the_same(bekal: Bekal, folder: Path) -> None:
    one, other = (evaluated(bekal, folder, "--json", "--visible", "1", "--min-items", "2").json for _ in range(2))
    assert one["models"] == other["models"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--models", "oracle"], "not_evaluated", "there is no model oracle; there are"),
        (["--min-items", "50"], "not_evaluated", "nobody of those held out has the 50 items that the case 0 needs"),
        (["--split-time", "1999-01-01"], "not_evaluated", "nothing was taken before the moment of the split"),
    ],
)
def test_what_does_not_fit_the_data_is_refused(
    bekal_here: Bekal, folder: Path, options: list[str], code: str, message: str
) -> None:
    outcome = bekal_here("recommender", "evaluate", str(folder), "--json", *options, BEKAL_HOME=NOWHERE)
    assert outcome.status == 2
    assert outcome.json["error"]["code"] == code
    assert message in outcome.json["error"]["message"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--visible", "0", "--split-time", "2021-01-01"], "not allowed with argument"),
        (["--visible", "most"], "'most' is neither a whole number nor half, rest or next"),
        (["--split-time", "spring"], "'spring' is not a day such as 2021-03-01"),
        (["--test-share", "1"], "1 is not above 0 and below 1"),
        (["--k", "0"], "argument --k: 0 is not 1 or more"),
        (["--budget", "-5"], "--budget"),
    ],
)
def test_options_that_cannot_be_are_refused(bekal_here: Bekal, options: list[str], message: str) -> None:
    outcome = bekal_here("recommender", "evaluate", "anywhere", *options)
    assert (outcome.status, outcome.output) == (2, "")
    assert message in outcome.errors


def test_a_budget_without_any_price_is_refused(bekal_here: Bekal, folder: Path) -> None:
    (folder / "catalogue.csv").write_text("item_id,title\n" + "".join(f"i{item:02},\n" for item in range(12)))
    outcome = evaluated(bekal_here, folder, "--json", "--budget", "100")
    assert outcome.status == 2
    assert "no item of catalogue.csv has one" in outcome.json["error"]["message"]


def test_a_file_that_is_wrong_is_named_with_its_line(bekal_here: Bekal, folder: Path) -> None:
    (folder / "catalogue.csv").write_text("item_id,title,price\nx,Baking,free\n")
    outcome = evaluated(bekal_here, folder, "--json")
    assert outcome.status == 2
    assert outcome.json["error"]["code"] == "file_not_read"
    assert "catalogue.csv, line 2, price: free" in outcome.errors
    missing = evaluated(bekal_here, folder / "nowhere")
    assert missing.status == 2
    assert "there is no such folder" in missing.errors
