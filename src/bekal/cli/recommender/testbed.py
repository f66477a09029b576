"""`bekal recommender testbed`: what the arms do to synthetic people, and whether an experiment would find it."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from bekal.cli.arguments import whole_number
from bekal.cli.command import Command, Database
from bekal.cli.output import progress_bar, report

if TYPE_CHECKING:
    from bekal.simulation.testbed.curves import EtaPoint, Generation, Point
    from bekal.simulation.testbed.experiments import Effect

_LEAST_PEOPLE: Final = 1_200
_NOTE: Final = "All people and trainings here are synthetic. Differences are against popularity among affordable trainings."
_OUTCOMES: Final = ("unspent_idr", "second_purchase", "finished")


def _configure(parser: ArgumentParser) -> None:
    for name, least, default, what in (
        ("runs", 1, 1, "experiments for each scenario"),
        ("people", _LEAST_PEOPLE, 20_000, "people in each experiment"),
        ("seed", 0, 1, "the number by which all draws are decided"),
    ):
        parser.add_argument(
            f"--{name}",
            metavar="N",
            type=whole_number(least=least),
            default=default,
            help=f"{what}, {least} or more; default %(default)s",
        )


def _run(arguments: Namespace) -> int:
    from bekal.simulation.testbed.curves import SCENARIOS, eta_curve, feedback, first_arms, responsiveness_curve
    from bekal.simulation.testbed.world import draw_world

    world = draw_world(seed=arguments.seed)
    policies = first_arms(world)
    with progress_bar("experiments", total=len(SCENARIOS) * arguments.runs) as advance:
        points = list(responsiveness_curve(world, policies, people=arguments.people, runs=arguments.runs, advance=advance))
    etas = list(eta_curve(world, policies, people=arguments.people))
    generations = list(feedback(world, policies, people=arguments.people))
    report(
        {
            "note": _NOTE,
            "seed": arguments.seed,
            "people": arguments.people,
            "runs": arguments.runs,
            "responsiveness": [asdict(point) for point in points],
            "eta": [asdict(point) for point in etas],
            "feedback": [asdict(generation) for generation in generations],
        },
        as_json=arguments.json,
        text="\n\n".join([_NOTE, _points(points), _etas(etas), _generations(generations)]),
    )
    return 0


def _points(points: list["Point"]) -> str:
    lines = [
        "scenario  arm           outcome         truth ± standard error   one experiment [95 %]        verdict      "
        "covered  found"
    ]
    for point in points:
        said = ""
        if point.said and point.said.difference:
            found = point.said.difference
            numbers = "".join(f"{_number(point.outcome, value):>10}" for value in (found.value, found.low, found.high))
            said = f"{numbers}  {point.said.verdict:<12}"
        if point.coverage:
            said += f"{point.coverage.covered:9.1%}{point.coverage.found:7.1%}"
        lines.append(
            f"{point.scenario:<9} {point.arm:<13} {point.outcome:<16}{_effect(point.outcome, point.truth)}  {said}".rstrip()
        )
    return "\n".join(lines)


def _etas(etas: list["EtaPoint"]) -> str:
    lines = [f"η ÷ a bundle's utility   left of balance   utility   bundle and list against the list: {', '.join(_OUTCOMES)}"]
    for eta in etas:
        lines.append(f"{eta.share:>24.2f}{eta.left_of_balance:>18.1%}{eta.utility:>10.1%}   {_effects(eta.effects)}")
    return "\n".join(lines)


def _generations(generations: list["Generation"]) -> str:
    lines = [f"generation  arm           sold by the top tenth   against popularity: {', '.join(_OUTCOMES)}"]
    for each in generations:
        lines.append(f"{each.generation:<11} {each.arm:<13} {each.sold_share:>21.1%}   {_effects(each.effects)}")
    return "\n".join(lines)


def _effects(effects: Mapping[str, "Effect"]) -> str:
    return "".join(_effect(outcome, effects[outcome]) for outcome in _OUTCOMES)


def _effect(outcome: str, effect: "Effect") -> str:
    return f"{_number(outcome, effect.value):>10} ± {_number(outcome, effect.standard_error):<7}"


def _number(outcome: str, value: float) -> str:
    return f"{value:,.0f}" if outcome == "unspent_idr" else f"{value:.4f}"


COMMAND: Final = Command(
    name="testbed",
    help="on synthetic people whose truth is known: what recommendations do, and whether an experiment would find it",
    example="bekal recommender testbed",
    database=Database.NONE,
    configure=_configure,
    run=_run,
)
