"""`bekal recommender testbed`: what the arms do to synthetic people, and whether an experiment would find it."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from bekal.cli.command import Command, Database
from bekal.cli.output import progress_bar, report

if TYPE_CHECKING:
    from bekal.simulation.testbed.curves import EtaPoint, Generation, Point, Way
    from bekal.simulation.testbed.experiments import Effect
    from bekal.simulation.testbed.settings import Comparison, Step

_LEAST_PEOPLE: Final = 1_200
_PEOPLE: Final = 20_000
_PEOPLE_TO_CHOOSE: Final = 10_000
_PEOPLE_TO_JUDGE: Final = 60_000
_NOTE: Final = "All people and trainings here are synthetic."
_AGAINST_POPULARITY: Final = "Differences are against popularity among affordable trainings."
_OUTCOMES: Final = ("unspent_idr", "second_purchase", "finished", "surplus")


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise ArgumentTypeError(f"{text!r} is not a whole number of {least} or more")
        return int(text)

    return number


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("--runs", metavar="N", type=_at_least(1), default=1, help="experiments for each scenario (default: 1)")
    parser.add_argument(
        "--people",
        metavar="N",
        type=_at_least(_LEAST_PEOPLE),
        help=f"people in each world (default: {_PEOPLE}; to choose {_PEOPLE_TO_CHOOSE}, to judge {_PEOPLE_TO_JUDGE})",
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--seed", metavar="N", type=_at_least(0), default=1, help="another world (default: 1)")
    mode.add_argument(
        "--choose", action="store_true", help="instead: try settings of lists and bundles on several worlds, and choose"
    )
    mode.add_argument(
        "--judge", action="store_true", help="instead: compare the shipped arms, person by person, on worlds not chosen on"
    )


def _run(arguments: Namespace) -> int:
    if arguments.choose:
        return _choose(people=arguments.people or _PEOPLE_TO_CHOOSE, as_json=arguments.json)
    if arguments.judge:
        return _judge(people=arguments.people or _PEOPLE_TO_JUDGE, as_json=arguments.json)
    return _experiment(seed=arguments.seed, people=arguments.people or _PEOPLE, runs=arguments.runs, as_json=arguments.json)


def _experiment(*, seed: int, people: int, runs: int, as_json: bool) -> int:
    from bekal.simulation.testbed.curves import SCENARIOS, eta_curve, feedback, responsiveness_curve, ways
    from bekal.simulation.testbed.settings import SHIPPED, Learnt
    from bekal.simulation.testbed.world import draw_world

    learnt = Learnt.of(draw_world(seed=seed))
    with progress_bar("experiments", total=len(SCENARIOS) * runs) as advance:
        points = list(responsiveness_curve(learnt, learnt.arms(SHIPPED), people=people, runs=runs, advance=advance))
    etas = list(eta_curve(learnt, people=people))
    found = list(ways(learnt, people=people))
    generations = list(feedback(learnt, people=people))
    note = f"{_NOTE} {_AGAINST_POPULARITY}"
    report(
        {
            "note": note,
            "seed": seed,
            "people": people,
            "runs": runs,
            "responsiveness": [asdict(point) for point in points],
            "eta": [asdict(point) for point in etas],
            "ways": [asdict(way) for way in found],
            "feedback": [asdict(generation) for generation in generations],
        },
        as_json=as_json,
        text="\n\n".join([note, _points(points), _etas(etas), _ways(found), _generations(generations)]),
    )
    return 0


def _choose(*, people: int, as_json: bool) -> int:
    from bekal.simulation.testbed.settings import CHOSEN_ON, STEPS, choose, worlds

    learnt = worlds(CHOSEN_ON)
    with progress_bar("lives", total=STEPS) as advance:
        steps = list(choose(learnt, people=people, advance=advance))
    report(
        {"note": _NOTE, "seeds": list(CHOSEN_ON), "people": people, "steps": [_as_json(step) for step in steps]},
        as_json=as_json,
        text="\n\n".join([_NOTE, *(_step(step) for step in steps)]),
    )
    return 0


def _judge(*, people: int, as_json: bool) -> int:
    from bekal.simulation.testbed.settings import JUDGED_ON, KINDS, SHIPPED, shipped, worlds

    learnt = worlds(JUDGED_ON)
    with progress_bar("kinds of world", total=len(KINDS)) as advance:
        found = list(shipped(learnt, people=people, advance=advance))
    report(
        {
            "note": _NOTE,
            "seeds": list(JUDGED_ON),
            "people": people,
            "setting": str(SHIPPED),
            "comparisons": [_compared_json(each) for each in found],
        },
        as_json=as_json,
        text="\n\n".join([_NOTE, f"Shipped: {SHIPPED}.", _comparisons(found)]),
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
    lines = [f"η ÷ a pair's worth   left of balance   utility   list and card against the list: {', '.join(_OUTCOMES)}"]
    for eta in etas:
        lines.append(f"{eta.share:>18.2f}{eta.left_of_balance:>18.1%}{eta.utility:>10.1%}   {_effects(eta.effects)}")
    return "\n".join(lines)


def _ways(ways: list["Way"]) -> str:
    lines = ["parts of a card   where found   bought for each person   mean price"]
    lines += [f"{way.arm:<18}{way.source:<14}{way.purchases:>22.4f}{way.price_idr:>13,.0f}" for way in ways]
    return "\n".join(lines)


def _generations(generations: list["Generation"]) -> str:
    lines = [f"generation  arm           sold by the top tenth   against popularity: {', '.join(_OUTCOMES)}"]
    for each in generations:
        lines.append(f"{each.generation:<11} {each.arm:<13} {each.sold_share:>21.1%}   {_effects(each.effects)}")
    return "\n".join(lines)


def _step(step: "Step") -> str:
    return f"{step.name}: chosen is {step.chosen}\n{_comparisons(step.comparisons)}"


def _comparisons(comparisons: Iterable["Comparison"]) -> str:
    lines = [f"using up is worth   response   arm and what it is compared with: {', '.join(_OUTCOMES)}"]
    for each in comparisons:
        marks = "less unspent" * each.spends + " HARM" * each.harms
        lines.append(
            f"{each.kind.use_up:>17.2f}   {each.kind.response:<9}{each.arm} − {each.against}\n"
            f"{'':<20}{_effects(each.effects)}  {marks}".rstrip()
        )
    return "\n".join(lines)


def _as_json(step: "Step") -> dict[str, object]:
    return {
        "name": step.name,
        "base": asdict(step.base),
        "tried": {name: asdict(setting) for name, setting in step.tried.items()},
        "comparisons": [_compared_json(each) for each in step.comparisons],
        "chosen": asdict(step.chosen),
    }


def _compared_json(comparison: "Comparison") -> dict[str, object]:
    return {**asdict(comparison), "spends": comparison.spends, "harms": comparison.harms}


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
