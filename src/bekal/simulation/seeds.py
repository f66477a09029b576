"""Independent streams of chance from one integer."""

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for one part of a simulation, so that a draw more in one part changes no other.

    PCG64, named instead of numpy's default, so that a seed means the same on every machine.
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *name.encode()])))
