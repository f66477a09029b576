"""Reading waves."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from bekal.access.models import ProposalState
from bekal.core.errors import NotFound
from bekal.programmes.models import Wave, WaveSchedule, WaveShare


def all_waves() -> list[Wave]:
    """Every wave, newest first."""
    return list(Wave.objects.order_by("-accepted_on", "-number"))


def programmes_in_use() -> list[str]:
    """The codes of the programmes that have a wave."""
    return list(Wave.objects.order_by("programme").values_list("programme", flat=True).distinct())


def wave_by_public_id(public_id: UUID) -> Wave:
    """One wave.

    Raises:
        NotFound: no wave has this id.
    """
    found = Wave.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(what=_("wave"), name=public_id)
    return found


def wave_by_number(*, programme: str, number: int) -> Wave:
    """One wave of a programme.

    Raises:
        NotFound: no wave of the programme has this number.
    """
    found = Wave.objects.filter(programme=programme, number=number).first()
    if found is None:
        raise NotFound(what=_("wave"), name=f"{programme}/{number}")
    return found


def wave_by_fund(fund: int) -> Wave | None:
    """The wave with this fund; None where the account is no wave's."""
    return Wave.objects.filter(fund=fund).first()


def shares_of(wave: Wave) -> list[WaveShare]:
    """For whom places of the wave are kept free, in the order in which a place is looked for."""
    return list(wave.shares.order_by("rank"))


def waiting_schedules() -> list[WaveSchedule]:
    """The waves that are proposed and not decided about, the oldest proposal first."""
    return list(WaveSchedule.objects.filter(state=ProposalState.PROPOSED).order_by("proposed_at", "id"))


def schedule_by_public_id(public_id: UUID) -> WaveSchedule:
    """One schedule with who proposed and approved it, and its wave.

    Raises:
        NotFound: there is no such schedule.
    """
    found = WaveSchedule.objects.select_related("proposed_by", "approved_by", "wave").filter(public_id=public_id).first()
    if found is None:
        raise NotFound(what=_("schedule"), name=public_id)
    return found
