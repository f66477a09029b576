"""For whom places of a wave are kept free, in whole places."""

from collections.abc import Mapping

from bekal.programmes.definition import Programme
from bekal.programmes.models import ShareKind
from bekal.programmes.provinces import PROVINCES

Shares = dict[ShareKind, dict[str, int]]


def whole_places(*, places: int, permille: Mapping[str, int]) -> dict[str, int]:
    """So many of a thousand places each, in whole places.

    By largest remainder: each has its whole places, and what is left of their sum goes one by one to the largest remainders,
    equal ones in the order of their codes. Their sum is `places` times the sum of the permilles, without what is left of it.
    """
    exact = {code: places * share for code, share in permille.items()}
    whole = {code: share // 1000 for code, share in exact.items()}
    left = sum(exact.values()) // 1000 - sum(whole.values())
    for code in sorted(exact, key=lambda code: (-(exact[code] % 1000), code))[:left]:
        whole[code] += 1
    return whole


def usual_shares(*, definition: Programme, places: int) -> Shares:
    """What the programme's definition keeps free of so many places."""
    groups = {group.code: group.share_percent * 10 for group in definition.eligibility.priority_groups}
    provinces = dict.fromkeys(PROVINCES, definition.waves.province_share_permille)
    return {
        ShareKind.PRIORITY: whole_places(places=places, permille=groups),
        ShareKind.PROVINCE: whole_places(places=places, permille=provinces),
    }
