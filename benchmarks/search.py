"""Whether search finds what people mean, and how long it takes, in a synthetic catalogue.

    python benchmarks/search.py [--quick] [--json] [--kept] [--show]

Sixty texts as people type them, with errors, in two languages, with words that no title has: `search_queries`. A text is answered
where one of the first five trainings is about what was meant. Half of the texts were looked at while search was made; the others
are measured with `--kept` alone.
"""

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from harness import Goal, at_least, at_most, fresh_server, machine, make_database, print_goals
from search_queries import KEPT, TUNED, Queries

TRAININGS: Final = 6_000
_QUICK_TRAININGS: Final = 600
_SHOWN: Final = 5
_ROUNDS: Final = 5
_SEED: Final = 1
_SHARE: Final = 0.9
_P95_MS: Final = 50.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the catalogue, to see that it runs")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--kept", action="store_true", help="also the texts that nothing was tuned on")
    parser.add_argument("--show", action="store_true", help="what was found of each text that is not answered")
    asked = parser.parse_args(arguments)
    trainings = _QUICK_TRAININGS if asked.quick else TRAININGS
    sets = {"tuned": TUNED, **({"kept": KEPT} if asked.kept else {})}
    with fresh_server() as server:
        make_database(server.url("search"))
        _fill(trainings)
        first_ms = _milliseconds("kopi")
        missed = {name: _missed(queries) for name, queries in sets.items()}
        times = [_milliseconds(text) for _round in range(_ROUNDS) for queries in sets.values() for text in queries]
    p95_ms = statistics.quantiles(times, n=20)[-1]
    shares = {name: 1 - len(missed[name]) / len(queries) for name, queries in sets.items()}
    goals = [
        *(at_least(f"answered of the {name}", _SHARE, share) for name, share in shares.items()),
        at_most("p95, ms", _P95_MS, p95_ms),
    ]
    _print(asked, goals, missed=missed, first_ms=first_ms, times=times, trainings=trainings)
    return 0


def _print(
    asked: argparse.Namespace,
    goals: Sequence[Goal],
    *,
    missed: dict[str, dict[str, list[str]]],
    first_ms: float,
    times: Sequence[float],
    trainings: int,
) -> None:
    figures = {
        "trainings": trainings,
        "first_ms": round(first_ms, 1),
        "median_ms": round(statistics.median(times), 2),
        "most_ms": round(max(times), 2),
        "missed": {name: list(texts) for name, texts in missed.items()},
    }
    if asked.json:
        print(json.dumps({"quick": asked.quick, "machine": machine(), **figures, "goals": [asdict(goal) for goal in goals]}))
        return
    for name, value in figures.items():
        print(f"{name}: {value}")
    if asked.show:
        for texts in missed.values():
            for text, titles in texts.items():
                print(f"  {text}: {titles}")
    print_goals(goals)


def _fill(trainings: int) -> None:
    """The catalogue of the demo."""
    from django.db import transaction

    from bekal.catalogue.services import add_trainings
    from bekal.simulation.catalogue import PROVIDERS, build_catalogue

    with transaction.atomic():
        catalogue = build_catalogue(seed=_SEED, trainings=trainings, providers=min(PROVIDERS, trainings))
        add_trainings(trainings=catalogue.trainings)


def _missed(queries: Queries) -> dict[str, list[str]]:
    """The texts that are not answered, each with the titles that it finds."""
    from bekal.catalogue.queries import search_trainings

    found = {text: [row.title for row in search_trainings(text=text, limit=_SHOWN).rows] for text in queries}
    return {
        text: titles for text, titles in found.items() if not any(topic in title for topic in queries[text] for title in titles)
    }


def _milliseconds(text: str) -> float:
    """How long the first page of a text takes, as the page of the catalogue asks for it."""
    from bekal.catalogue.queries import search_trainings

    started = time.perf_counter()
    search_trainings(text=text)
    return (time.perf_counter() - started) * 1_000


if __name__ == "__main__":
    raise SystemExit(main())
