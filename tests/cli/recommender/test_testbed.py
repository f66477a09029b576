"""`bekal recommender testbed` on one small world."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from functools import cache

import pytest

from bekal.cli.recommender.testbed import COMMAND
from bekal.simulation.testbed import settings
from bekal.simulation.testbed.settings import SHIPPED, USES, Learnt
from bekal.simulation.testbed.world import draw_world

Run = Callable[..., str]
OUTCOMES = {"unspent_idr", "second_purchase", "finished", "surplus"}


@cache
def learnt() -> Learnt:
    return Learnt.of(draw_world(seed=1, items=60), people=1_500)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """What the command prints with these arguments, where there is one world."""
    monkeypatch.setattr(settings, "worlds", lambda _: [learnt()])

    def run(*arguments: str) -> str:
        parser = ArgumentParser()
        COMMAND.add_arguments(parser)
        assert COMMAND.run(parser.parse_args([*arguments, "--people", "1200"])) == 0
        return capsys.readouterr().out

    return run


def test_what_is_shipped_is_judged(run: Run) -> None:
    found, text = json.loads(run("--judge", "--json")), run("--judge")
    assert (found["seeds"], found["people"], found["setting"]) == ([11, 12, 13], 1_200, str(SHIPPED))
    assert [(each["kind"], each["against"], each["arm"]) for each in found["comparisons"]] == [
        ({"use_up": USES[-1], "response": response}, *pair)
        for response in ("0.25", "0.5", "1", "harmful")
        for pair in (("popularity", "personal"), ("personal", "bundle"))
    ]
    assert {frozenset(each["effects"]) for each in found["comparisons"]} == {frozenset(OUTCOMES)}
    assert f"Shipped: {SHIPPED}." in text
    lines = text.splitlines()
    for each in found["comparisons"]:
        truth = each["effects"]["unspent_idr"]
        shown = next(line for line in lines if f"{truth['value']:,.0f} ± {truth['standard_error']:,.0f}" in line)
        assert ("HARM" in shown, "less unspent" in shown) == (each["harms"], each["spends"])


def test_settings_are_tried_and_one_is_chosen(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, values in (("LIST_ETAS", (0.0, 0.1)), ("PARTS", (2,)), ("ETAS", (0.5,)), ("PLACES", (0,))):
        monkeypatch.setattr(settings, name, values)
    monkeypatch.setattr(settings, "may_be_chosen", lambda _: True)
    found = json.loads(run("--choose", "--json"))
    assert found["seeds"] == [1, 2, 3]
    assert [(step["name"], list(step["tried"])) for step in found["steps"]] == [
        ("list_eta", ["no card, list 0.1"]),
        ("parts, eta", ["2 parts, η 0.5, below 0, list 0.1"]),
        ("above", ["2 parts, η 0.5, below 0, list 0.1"]),
    ]
    assert found["steps"][-1]["chosen"] == {"shares": {"parts": 2, "eta": 0.5, "list_eta": 0.1}, "above": 0}
    assert "above: chosen is 2 parts, η 0.5, below 0, list 0.1" in run("--choose")


@pytest.mark.parametrize("arguments", [("--choose", "--judge"), ("--judge", "--seed", "2"), ("--people", "1199")])
def test_what_cannot_be_asked_is_refused(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    parser = ArgumentParser()
    COMMAND.add_arguments(parser)
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(arguments)
    assert "error: argument" in capsys.readouterr().err
