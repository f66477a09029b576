"""For whom places of a wave are kept free, as a draw takes it."""

from bekal.participants.draw.pools import Kind, Share
from bekal.programmes.models import Wave
from bekal.programmes.queries import shares_of


def shares_of_wave(wave: Wave) -> list[Share]:
    """The shares of a wave as its schedule was approved: groups in the order in which a place is looked for, then provinces."""
    return [Share(Kind(share.kind), share.code, share.places) for share in shares_of(wave)]
