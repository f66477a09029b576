"""An earlier commit's engine beside this one, in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from recommender_world import ATTRIBUTES, THREADS, TOP, Served, World

_PROCESS: Final = Path(__file__).parent / "peers" / "recommender_before.py"


class Before:
    """The process; ended on leaving the `with`."""

    def __init__(self, checkout: Path) -> None:
        self._checkout = checkout

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [sys.executable, _PROCESS, self._checkout],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment | {"PYTHONPATH": str(self._checkout / "src")},
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def read(self, model: Served, world: World) -> None:
        """Have it read people and tables."""
        file, tables = Path(self._folder.name) / "world.npz", model.tables
        np.savez(
            file,
            groups=tables.groups,
            history=tables.history,
            spans=np.array(tables.spans, dtype=np.int64),
            shift=np.array(tables.shift),
            crosses=np.array(tables.layout.crosses, dtype=np.int64),
            lengths=np.array(tables.lengths),
            attributes=np.array([(each.name, " ".join(each.levels)) for each in ATTRIBUTES]),
            allow_pickle=False,
            **world.arrays,
        )
        self._do("read", file=str(file))
        file.unlink()

    def seconds(self, *, topics: NDArray[np.int32], most: int, eta: int) -> float:
        """How long a batch of everybody took there."""
        return float(self._batch(topics, most, eta, None))

    def found(self, *, topics: NDArray[np.int32], most: int, eta: int) -> Mapping[str, NDArray[Any]]:
        """Lists, bundles, their utilities and prices."""
        file = Path(self._folder.name) / "found.npz"
        self._batch(topics, most, eta, str(file))
        with np.load(file) as read:
            return dict(read)

    def part(self, name: str, *, quick: bool) -> dict[str, dict[str, list[float]]]:
        """One round of a part of its own benchmark."""
        found: dict[str, dict[str, list[float]]] = self._do("part", name=name, quick=quick)
        return found

    def _batch(self, topics: NDArray[np.int32], most: int, eta: int, into: str | None) -> Any:
        return self._do("batch", topics=topics.tolist(), most=most, eta=eta, top=TOP, threads=THREADS, into=into)

    def _do(self, verb: str, **said: Any) -> Any:
        into, out = self._process.stdin, self._process.stdout
        assert into is not None
        assert out is not None
        into.write(json.dumps([verb, said]) + "\n")
        into.flush()
        return json.loads(out.readline())
