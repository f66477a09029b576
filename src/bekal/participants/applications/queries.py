"""Reading applications: a person's own, and the one that a result is asked for."""

from datetime import date

from django.db.models import Count

from bekal.core import clock
from bekal.participants.applications.errors import ResultUnknown
from bekal.participants.applications.numbers import plain_number
from bekal.participants.applications.sealed import result_index
from bekal.participants.models import Application, Participant
from bekal.programmes.models import Wave


def wave_taking_applications(programme: str) -> Wave | None:
    """The wave of a programme that takes applications now; of several, the one that closes first. None where none does."""
    now = clock.now()
    waves = Wave.objects.filter(programme=programme, registration_opens_at__lte=now, registration_closes_at__gt=now)
    return waves.order_by("registration_closes_at", "number").first()


def next_window(programme: str) -> Wave | None:
    """The wave of a programme that will take applications next; None where none is known."""
    waves = Wave.objects.filter(programme=programme, registration_opens_at__gt=clock.now())
    return waves.order_by("registration_opens_at", "number").first()


def application_of(participant: Participant) -> Application | None:
    """The newest application of a person, with its wave; None without one."""
    return Application.objects.filter(participant=participant).select_related("wave").order_by("-submitted_at", "-id").first()


def result_of(*, number: str, birth_date: date) -> Application:
    """The application with this registration number of the person born on this day, with its wave, in one query.

    Both are found together or not at all: a wrong date and an unknown number cost the same and are answered alike.

    Raises:
        ResultUnknown: there is none.
    """
    index = result_index(plain_number(number), birth_date)
    found = Application.objects.filter(result_index=index).select_related("wave").first()
    if found is None:
        raise ResultUnknown
    return found


def states_of_wave(wave: Wave) -> dict[str, int]:
    """How many applications to a wave stand in each state."""
    counted = Application.objects.filter(wave=wave).values("state").annotate(count=Count("pk"))
    return dict(counted.values_list("state", "count"))
