"""For whom places of a wave are kept free, as a draw takes it."""

from bekal.participants.draw.pools import Kind, Share
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave


def shares_of_wave(wave: Wave) -> list[Share]:
    """The shares of a wave: groups in the order in which a place is looked for, then provinces."""
    groups = load_definition(wave.programme).eligibility.priority_groups
    return [Share(Kind.PRIORITY, group.code, (wave.places or 0) * group.share_percent // 100) for group in groups]
