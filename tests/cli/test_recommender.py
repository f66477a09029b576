"""The recommender's commands as processes: a model's whole life on an existing dashboard, and the batch on files."""

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Bekal

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Enough people for the gate to judge: women take one pair of items, men another."""
    (tmp_path / "catalogue.csv").write_text(
        "item_id,title,price\n" + "".join(f"i{item},Item {item},{50_000 * item}\n" for item in range(1, 9))
    )
    (tmp_path / "people.csv").write_text(
        "person_id,sex,balance\n" + "".join(f"{person},{'FM'[person % 2]},{300_000 + person}\n" for person in range(2_500))
    )
    (tmp_path / "history.csv").write_text(
        "person_id,item_id,time\n"
        + "".join(f"{person},i{1 + person % 2 + 2 * place},2021-03-0{place + 1}\n" for person in range(2_500) for place in (0, 1))
    )
    return tmp_path


def test_files_alone_need_no_database(bekal: Bekal, folder: Path) -> None:
    out = folder / "out.csv"
    done = bekal(
        "recommender", "batch", "--from", str(folder), "--to", str(out), "--top", "2", "--json", BEKAL_HOME="/nonexistent"
    )

    assert (done.status, done.json["people"]) == (0, 2_500)
    with out.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert {line["person_id"] for line in lines} == {str(person) for person in range(2_500)}
    assert max(int(line["rank"] or 0) for line in lines) == 2


def test_what_cannot_be_right_is_refused(bekal_here: Bekal, folder: Path) -> None:
    def code(*arguments: str) -> tuple[int, str]:
        done = bekal_here("recommender", "batch", *arguments, "--json", BEKAL_HOME="/nonexistent")
        return done.status, done.json["error"]["code"]

    out = str(folder / "out.csv")
    assert code("--from", str(folder)) == (2, "batch_options")
    assert code("--from", str(folder / "nowhere"), "--to", out) == (2, "file_not_read")
    # Before the folder is read and a model trained: nothing is there to be read.
    for place in (folder, folder / "nowhere" / "out.csv", Path("/dev/null"), folder / "people.csv" / "out.csv"):
        assert code("--from", str(folder / "nowhere"), "--to", str(place)) == (2, "file_not_written")
    assert sorted(path.name for path in folder.iterdir()) == ["catalogue.csv", "history.csv", "people.csv"]
    assert code("--from", str(folder), "--to", out, "--model", str(folder / "people.csv")) == (2, "file_not_read")
    (folder / "people.csv").write_text("person_id,sex\n1,F\n")
    assert code("--from", str(folder), "--to", out) == (2, "no_balance")


def test_a_model_is_trained_judged_published_and_rolled_back(bekal: Bekal, folder: Path) -> None:
    def run(*arguments: str) -> dict[str, object]:
        done = bekal("recommender", *arguments, "--json")
        assert done.status == 0, done.errors
        return dict(done.json)

    first, second = (str(run("train", "--from", str(folder))["model"]) for _ in range(2))
    assert bekal("recommender", "publish", "nothing", "--json").json["error"]["code"] == "not_found"
    assert run("publish", first)["serves"] == first
    assert run("publish", second)["serves"] == second
    assert run("rollback")["serves"] == first
    assert run("models")["serves"] == first
    verdict = run("fairness", first)
    assert (verdict["passes"], verdict["refused"]) == (True, [])
    table = bekal("recommender", "fairness", first).output
    assert "sex F" in table
    assert table.startswith(f"{first} passes the gate")
    assert "2 of 2 groups have 200 people or more and are judged" in table
    assert run("batch")["people"] == 0  # nobody is registered here

    key = str(run("key", "dashboard")["key"])
    assert key.startswith("bekal_")
    assert run("key", "dashboard", "--revoke") == {"name": "dashboard", "revoked": True}


def test_a_model_that_nobody_can_judge_fails_and_is_refused(bekal: Bekal, folder: Path) -> None:
    rows = (folder / "people.csv").read_text().splitlines()[:41]
    (folder / "people.csv").write_text("\n".join(rows) + "\n")
    model = bekal("recommender", "train", "--from", str(folder), "--json").json["model"]

    assert bekal("recommender", "fairness", model).status == 1
    refused = bekal("recommender", "publish", model, "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "model_unfair")
    assert "people could be asked about; 200 are needed" in refused.errors
