"""The participant's dashboard and the recommendation API under a load that does not wait for them, and many people in one call.

    .venv/bin/python benchmarks/dashboard.py [--quick] [--json]

A demo of 20,000 people is built in a home of its own and served by `bekal demo`. Requests are sent when they are due, 20 a
second at distances of chance, each by somebody else; a latency counts from that moment, so that a slow answer cannot put off the
questions after it. Takes about four minutes; `--quick` only shows that everything runs, and its figures mean nothing.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

import dashboard_stage
from dashboard_load import Answer, send
from harness import Goal, at_most, fresh_server, machine, print_goals, server_settings, use_database

GOAL_MILLISECONDS: Final = 50.0
PER_SECOND: Final = 20
_SEED: Final = 1
_SHOWN_PROBLEMS: Final = 3


@dataclass(frozen=True, slots=True)
class Size:
    """How large and how long: people in the demo, seconds to warm up and to measure."""

    participants: int
    warm_up_seconds: int
    seconds: int


FULL: Final = Size(participants=20_000, warm_up_seconds=15, seconds=60)
QUICK: Final = Size(participants=100, warm_up_seconds=2, seconds=4)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small demo and a few seconds, to see that it runs")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    report = _measured(QUICK if arguments.quick else FULL, quick=arguments.quick)
    goals = _judged(report["groups"])
    if arguments.json:
        print(json.dumps({**report, "goals": [asdict(goal) for goal in goals]}))
    else:
        _print(report, goals)
    return 0


def _measured(size: Size, *, quick: bool) -> dict[str, Any]:
    with fresh_server(for_a_demo=True) as server:
        dashboard_stage.build(size.participants)
        use_database(server.url("bekal"))
        from bekal.core import clock
        from bekal.recommender.serving.published import serving_model

        warm_up, count = size.warm_up_seconds * PER_SECOND, size.seconds * PER_SECOND
        with clock.pinned():
            # The same people are asked about that will log in.
            questions = dashboard_stage.questions(warm_up + count)
            visits = dashboard_stage.visits(warm_up + count)
        serving = serving_model()
        with dashboard_stage.served(size.participants) as port:
            answers = {}
            shares = {}
            for name, requests in (("dashboard", visits), ("API", questions)):
                send(requests[:warm_up], port=port, per_second=PER_SECOND, seed=_SEED)
                load = send(requests[warm_up:], port=port, per_second=PER_SECOND, seed=_SEED + 1)
                answers[name], shares[name] = load.answers, load.core_share
            many = dashboard_stage.many(questions, port=port)
        return {
            "quick": quick,
            "size": asdict(size),
            "per second": PER_SECOND,
            "model": serving and serving.name,
            "machine": machine(),
            "server": server_settings(server),
            "many": many,
            "groups": _grouped(answers, dashboard_stage.arms()),
            "share of a core that asking took": {name: round(share, 3) for name, share in shares.items()},
        }


def _grouped(answers: Mapping[str, Sequence[Answer]], arms: Mapping[int, str]) -> dict[str, dict[str, Any]]:
    groups = {name: _summary(of_all) for name, of_all in answers.items()}
    for arm in sorted(set(arms.values())):
        if of_arm := [answer for answer in answers["dashboard"] if arms.get(answer.request.who) == arm]:
            groups[f"dashboard, arm {arm}"] = _summary(of_arm)
    return groups


def _summary(answers: Sequence[Answer]) -> dict[str, Any]:
    took = np.array([answer.milliseconds for answer in answers])
    problems = [answer.problem for answer in answers if answer.problem]
    return {
        "requests": len(answers),
        "errors": len(problems),
        "problems": problems[:_SHOWN_PROBLEMS],
        **{f"p{percent} ms": round(float(np.percentile(took, percent)), 2) for percent in (50, 95, 99)},
        "worst ms": round(float(took.max()), 2),
        "sent late, p99 ms": round(float(np.percentile([answer.waited_milliseconds for answer in answers], 99)), 2),
    }


def _judged(groups: Mapping[str, Mapping[str, Any]]) -> list[Goal]:
    goals = [at_most(f"{name}: p95, milliseconds", GOAL_MILLISECONDS, group["p95 ms"]) for name, group in groups.items()]
    return [*goals, at_most("errors", 0, sum(group["errors"] for group in groups.values()))]


def _print(report: Mapping[str, Any], goals: Sequence[Goal]) -> None:
    for name, group in report["groups"].items():
        print(name)
        for figure, value in group.items():
            print(f"    {figure}: {value}")
    print(f"many people in one call: {report['many']}")
    print(f"share of a core that asking took: {report['share of a core that asking took']}")
    print_goals(goals)


if __name__ == "__main__":
    sys.exit(main())
