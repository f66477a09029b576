"""Compiled loops behind `bundles`, `batch` and `validation`: no checks (their callers check), one thread each.

| file | holds |
|---|---|
| `people` | lists and bundles of people, many and one |
| `weighted` | first places of weighted sums of scores |
| `followers` | expected followers |
| `solving` | the best set, by the methods below in turn |
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
from bekal.recommender.engine.kernels.people import rank_one, recommend
from bekal.recommender.engine.kernels.shapes import MOST
from bekal.recommender.engine.kernels.solving import complete, solve_offered
from bekal.recommender.engine.kernels.weighted import rank_weighted

__all__ = ["MOST", "complete", "expect_followers", "offer_all", "rank_one", "rank_weighted", "recommend", "solve_offered"]
