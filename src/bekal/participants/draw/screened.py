"""Who of those with a place was found by screening since the freeze."""

from collections.abc import Mapping

from bekal.participants.screening.services import hold_back
from bekal.programmes.models import Wave


def found_of_people(*, people: Mapping[int, int], wave: Wave) -> dict[int, str]:
    """Of applications (primary key → participant's), in the order in which they have places, those that the rules exclude today.

    Returns:
        The reason's code of each.
    """
    withheld = hold_back(participants=list(people.values()), wave=wave)
    return {application: withheld[person] for application, person in people.items() if person in withheld}
