from functools import cache

from bekal.recommender.engine import NaiveBayes, Popularity
from bekal.simulation.testbed.experiments import all_under
from bekal.simulation.testbed.life import Habits
from bekal.simulation.testbed.policies import Nothing, Policy, Ranked
from bekal.simulation.testbed.world import World, draw_people, draw_world, histories


@cache
def world(items: int = 300) -> World:
    return draw_world(seed=1, items=items)


@cache
def two_arms(items: int = 300) -> tuple[Policy, Policy]:
    """Popularity and a personal list: quick to learn and to serve."""
    crowd = draw_people(world(items), count=10_000, crowd=0)
    lives = all_under(world(items), crowd, Nothing(), Habits())
    taken = histories(lives.bought, world=world(items))
    return (
        Ranked("popularity", Popularity.fit(taken, crowd.demographics), is_personal=False),
        Ranked("personal", NaiveBayes.fit(taken, crowd.demographics), is_personal=True),
    )
