"""For whom places of a wave are kept free, in words."""

from collections.abc import Iterable, Mapping

from django.utils.translation import get_language

from bekal.programmes.definition import Programme
from bekal.programmes.models import ShareKind, WaveShare
from bekal.programmes.provinces import PROVINCES


def shares_in_words(definition: Programme, shares: Mapping[str, Mapping[str, int]]) -> tuple[list[tuple[str, int]], int]:
    """What is kept free: the places of each priority group and province by name, and their sum."""
    groups = {group.code: group.name for group in definition.eligibility.priority_groups}
    named = [
        (groups[code].in_language(get_language() or "id"), places)
        for code in groups
        if (places := shares.get(ShareKind.PRIORITY, {}).get(code))
    ]
    named += [(name, places) for code, name in PROVINCES.items() if (places := shares.get(ShareKind.PROVINCE, {}).get(code))]
    return named, sum(places for _name, places in named)


def by_kind(shares: Iterable[WaveShare]) -> dict[str, dict[str, int]]:
    """The places of a wave's shares by kind and code."""
    found: dict[str, dict[str, int]] = {}
    for share in shares:
        found.setdefault(share.kind, {})[share.code] = share.places
    return found
