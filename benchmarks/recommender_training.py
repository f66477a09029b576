"""How long training takes, and how much memory training and a batch hold at most."""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Final

import numpy as np

from bekal.recommender.engine import Bekal
from bekal.recommender.engine.partners import Learnt, Ridge, View
from bekal.recommender.engine.tables import Layout
from bekal.recommender.engine.validation import People
from harness import Goal, Samples, interleaved, peak_mib
from recommender_world import ATTRIBUTES, ITEMS, World, served

_BUYERS: Final = 260_000
_QUICK_BUYERS: Final = 600
_RIDGE_LENGTHS: Final = (0, 1, 2)
_PROCESS: Final = Path(__file__).parent / "peers" / "recommender_process.py"


def measure(*, quick: bool, rounds: int) -> Samples:
    """Seconds of the platform's model, which validates its settings, and of the ridge alone with settings that are given."""
    world = _buyers(quick=quick)
    contenders: dict[str, Callable[[], float]] = {
        "Bekal, as the platform trains it": lambda: _seconds(lambda: Bekal.fit(world.histories, world.demographics)),
        "ridge alone, lengths 0, 1, 2": lambda: _seconds(lambda: _ridges(world)),
    }
    return {f"seconds of training on {world.people} people and {ITEMS} trainings": interleaved(rounds, contenders)}


def measure_memory(*, quick: bool, rounds: int) -> Samples:
    """Peaks of processes of their own: Python and its packages, what is read from a file, what is worked out."""
    people, model = 20_000 if quick else 1_000_000, served(quick=quick)
    samples: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        batch, fit = Path(folder) / "batch.npz", Path(folder) / "fit.npz"
        tables = model.tables
        learnt = {
            "groups": tables.groups,
            "history": tables.history,
            "spans": np.array(tables.spans, dtype=np.int64),
            "shift": np.array(tables.shift),
            "choosing": np.array(astuple(model.choosing)),
        }
        shape = {"crosses": np.array(tables.layout.crosses, dtype=np.int64), "lengths": np.array(tables.lengths)}
        for file, arrays in ((batch, {**World.of(people).arrays, **learnt, **shape}), (fit, _buyers(quick=quick).arrays)):
            np.savez(file, allow_pickle=False, **arrays)
        buyers = _QUICK_BUYERS if quick else _BUYERS
        for title, verb, file in (
            (f"batch of {people} people", "batch", batch),
            (f"the same, only read from the file ({people} people)", "read", batch),
            (f"training on {buyers} people", "fit", fit),
        ):
            samples[title] = [peak_mib([sys.executable, _PROCESS, verb, file]) for _ in range(1 if verb == "fit" else rounds)]
    return {"peak memory, MiB": samples}


def judge(_samples: Samples) -> list[Goal]:
    """Nothing is promised of either."""
    return []


def _buyers(*, quick: bool) -> World:
    buyers = _QUICK_BUYERS if quick else _BUYERS
    return World.of(2 * buyers).buyers(buyers)


def _ridges(world: World) -> None:
    learnt = Learnt(People.of(world.histories, world.demographics), Layout(ATTRIBUTES))
    for length in _RIDGE_LENGTHS:
        learnt.effects(Ridge(View.SUBSET, length, item_penalty=200.0, group_penalty=100.0, weight_power=0.0))
        learnt.forget()


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
