"""Who of those with a place was found by screening since the freeze."""

from collections.abc import Mapping

from bekal.programmes.models import Wave


def found_of_people(*, people: Mapping[int, int], wave: Wave) -> dict[int, str]:
    """Of applications (primary key → participant's), which ones the rules exclude today, with the reason's code."""
    return {}
