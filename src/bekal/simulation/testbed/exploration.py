"""Whether what the drawn place of a shelf logs can tell what another policy would have earned there: on synthetic people."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import Catalogue, Demographics, Interactions, Recommender
from bekal.recommender.engine.exploring import CANDIDATES, explore, probabilities
from bekal.recommender.engine.uplift import OffPolicy, off_policy
from bekal.simulation.testbed.chance import Floats, Integers
from bekal.simulation.testbed.experiments import all_under
from bekal.simulation.testbed.life import Habits, comers
from bekal.simulation.testbed.policies import SHOWN, Shelves, best_affordable
from bekal.simulation.testbed.world import World, draw_people

_LOGS: Final = 4_000_000


@dataclass(eq=False)
class Explored:
    """A list with one place drawn at the first visit with a shelf, and what that visit logged. Later lists are not drawn.

    Attributes:
        temperature: of the draw.
        other: the temperature that is asked about.
        seed: of the draws.
        drawn, logged, asked: for each person who came: the item, -1 where nothing fitted; the probability of it; and its
            probability under the other temperature.
    """

    model: Recommender
    temperature: float
    other: float
    seed: int
    name: str = "explored"
    is_personal: bool = True
    drawn: list[int] = field(default_factory=list)
    logged: list[float] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)

    def shelves(
        self,
        demographics: Demographics,
        histories: Interactions,
        /,
        *,
        catalogue: Catalogue,
        balances_idr: Integers,
        allowed: NDArray[np.bool_],
    ) -> Shelves:
        scores = self.model.scores(demographics, histories)
        best = best_affordable(
            scores, catalogue=catalogue, balances_idr=balances_idr, histories=histories, allowed=allowed, top=CANDIDATES
        )
        items = best[:, :SHOWN].copy()
        if not self.drawn:
            for row, candidates in enumerate(best):
                fitting = candidates[candidates >= 0]
                if fitting.size:
                    items[row, : min(SHOWN, fitting.size)] = self._draw(row, scores[row], fitting)
                else:
                    self._log(-1, 1.0, 1.0)
        return Shelves.of_list(items)

    def _draw(self, row: int, scores: Floats, fitting: Integers) -> Integers:
        values = scores[fitting]
        shelf = explore(values, seed=b"%d %d" % (self.seed, row), temperature=self.temperature, shown=SHOWN)
        asked = probabilities(values, temperature=self.other)[shelf.drawn]
        self._log(int(fitting[shelf.drawn]), shelf.probability, float(asked))
        return fitting[shelf.order]

    def _log(self, drawn: int, logged: float, asked: float) -> None:
        self.drawn.append(drawn)
        self.logged.append(logged)
        self.asked.append(asked)


def explored_rewards(
    world: World, model: Recommender, *, temperature: float, other: float, habits: Habits, people: int, number: int
) -> tuple[Floats, Explored]:
    """Let a crowd live with explored lists: whether each bought the drawn item at the first visit with a shelf, and the log."""
    crowd = draw_people(world, count=people, crowd=_LOGS + number)
    policy = Explored(model, temperature, other, seed=number)
    lives = all_under(world, crowd, policy, habits)
    rows = comers(world, crowd, 1)
    drawn = np.array(policy.drawn)[:, None]
    at_once = (lives.visits[rows] == 1) & (lives.bought[rows] == drawn) & (drawn >= 0)
    return at_once.any(axis=1).astype(np.float64), policy


def foretold(
    world: World, model: Recommender, *, temperature: float, other: float, habits: Habits, people: int, number: int
) -> OffPolicy:
    """What the log of one temperature says about another."""
    rewards, policy = explored_rewards(
        world, model, temperature=temperature, other=other, habits=habits, people=people, number=number
    )
    return off_policy(
        rewards, logged=np.array(policy.logged), other=np.array(policy.asked), people=np.arange(rewards.size, dtype=np.int64)
    )
