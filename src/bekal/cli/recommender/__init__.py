"""`bekal recommender …`: one file for each command, one line for it here."""

from typing import Final

from bekal.cli.command import Group
from bekal.cli.recommender import batch, evaluate, key, models, testbed, uplift

GROUP: Final = Group(
    name="recommender",
    help="evaluate, train, publish and use the recommender",
    commands=(
        evaluate.COMMAND,
        models.TRAIN,
        models.MODELS,
        models.PUBLISH,
        models.ROLLBACK,
        models.FAIRNESS,
        batch.COMMAND,
        key.COMMAND,
        uplift.COMMAND,
        testbed.COMMAND,
    ),
)
