"""Compiled loops behind `bundles`, `batch` and `validation`: no checks (their callers check), one thread each.

| file | holds |
|---|---|
| `people` | lists and bundles of people, many and one |
| `bundling` | one person's bundle, bound first |
| `pairing` | one person's bundle of at most two |
| `listing` | one person's list |
| `scanning` | the best set of a few columns |
| `narrowing` | a slope and a first set |
| `scoring` | what rows add up to, and what of it is on offer |
| `grouping` | who shares rows, and who asks the same |
| `lanes` | sixty-four numbers at a time |
| `weighted` | first places of weighted sums of scores |
| `followers` | expected followers |
| `solving` | the best set where that does not settle it, by the methods below in turn |
| `asking` | the best set where few sums of prices matter |
| `joining` | the best set where few pairs matter |
| `companions` | completing a set |
| `search` | branch and bound |
| `sums` | what prices can add up to |
| `bounds` | Lagrangian bounds |
| `candidates` | dominance, order, the better of two sets |
| `shapes` | what arguments are |
| `compiling` | compiling, and keeping what was compiled |

A file imports only from those below it. Nothing here imports anything else of Bekal.
"""

from bekal.recommender.engine.kernels.candidates import offer_all
from bekal.recommender.engine.kernels.followers import expect_followers
from bekal.recommender.engine.kernels.grouping import add_code, add_length, sort_by_key
from bekal.recommender.engine.kernels.people import serve, take_columns
from bekal.recommender.engine.kernels.shapes import MOST, NOTHING
from bekal.recommender.engine.kernels.solving import complete, solve_offered
from bekal.recommender.engine.kernels.weighted import rank_weighted

__all__ = [
    "MOST",
    "NOTHING",
    "add_code",
    "add_length",
    "complete",
    "expect_followers",
    "offer_all",
    "rank_weighted",
    "serve",
    "solve_offered",
    "sort_by_key",
    "take_columns",
]
