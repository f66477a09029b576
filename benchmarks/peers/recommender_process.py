"""One process that reads a world from a file and makes a batch of it, or trains on it, so that its memory can be measured.

recommender_process.py read|batch|fit FILE
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from bekal.recommender.engine import Bekal, Choosing, Layout, Tables
from recommender_world import ATTRIBUTES, Served, World


def main() -> None:
    verb, file = sys.argv[1:]
    with np.load(file) as read:
        arrays: dict[str, NDArray[Any]] = dict(read)
    world = World.restored(arrays)
    if verb == "fit":
        Bekal.fit(world.histories, world.demographics)
        return
    crosses = tuple((int(first), int(second)) for first, second in arrays["crosses"].reshape(-1, 2))
    layout, lengths = Layout(ATTRIBUTES, crosses), tuple(arrays["lengths"].tolist())
    spans = tuple(arrays["spans"].tolist())
    tables = Tables(layout, lengths, arrays["groups"], arrays["history"], int(arrays["shift"]), spans)
    parts, eta, list_eta, floor = arrays["choosing"].tolist()
    choosing = Choosing(parts=parts, eta=eta, list_eta=list_eta, floor=floor)
    model = Served(tables, choosing, choosing)
    if verb == "batch":
        model.batch(world)


if __name__ == "__main__":
    main()
