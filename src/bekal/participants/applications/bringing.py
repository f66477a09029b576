"""Applications that are brought for many people at once, such as those whom a local government has helped to register."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from bekal.core import clock
from bekal.participants.applications.numbers import new_registration_number
from bekal.participants.applications.sealed import result_index
from bekal.participants.applications.services import require_window
from bekal.participants.models import Application, Participant
from bekal.participants.sealed import birth_date_of
from bekal.programmes.models import Wave


@transaction.atomic
def bring_applications(*, wave: Wave, groups: Mapping[int, Sequence[str]]) -> list[Application]:
    """Apply for people who have not applied to this wave; whether each may take part is judged by screening.

    Args:
        groups: codes of priority groups by the primary key of each participant.

    Raises:
        NoWindow: the wave takes no applications at this moment.
        PersonErased: what is known of one of them was erased.
    """
    require_window(wave)
    people = Participant.objects.in_bulk(list(groups))
    now = clock.now()
    return Application.objects.bulk_create(
        Application(
            participant=people[person],
            wave=wave,
            number=number,
            priority_groups=sorted(set(chosen)),
            submitted_at=now,
            changed_at=now,
            result_index=result_index(number, birth_date_of(people[person])),
        )
        for (person, chosen), number in zip(groups.items(), new_registration_number(len(groups)), strict=True)
    )
