"""Reading lists, screenings and hits."""

from django.db.models import Q

from bekal.participants.models import ExclusionList, HitState, Screening, ScreeningHit
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave


def lists_imported() -> list[ExclusionList]:
    """The lists in use, by code."""
    return list(ExclusionList.objects.filter(replaced_at=None).order_by("code"))


def last_screening(wave: Wave) -> Screening | None:
    """The latest screening of a wave, done or asked for; None before the first."""
    return Screening.objects.filter(wave=wave).order_by("-id").first()


def is_current(wave: Wave) -> bool:
    """Whether the wave was screened by the lists that are in use now."""
    last = Screening.objects.filter(wave=wave, finished_at__isnull=False).order_by("-id").first()
    if last is None:
        return False
    codes = [exclusion.code for exclusion in load_definition(wave.programme).eligibility.exclusions]
    in_use = ExclusionList.objects.filter(replaced_at=None, code__in=codes)
    return bool(last.lists == dict(in_use.values_list("code", "version")))


def reason_held_back(*, participant: int, wave: int) -> str:
    """For which reason a person of a wave is held back, by primary keys; empty where nothing holds them back."""
    hits = ScreeningHit.objects.filter(participant=participant, wave=wave).exclude(state=HitState.CLEARED)
    return hits.order_by("found_at", "id").values_list("reason", flat=True).first() or ""


def withheld_by(wave: Wave) -> dict[int, str]:
    """Who, of the people of a wave, is held back by a hit that no case has cleared: participant and reason."""
    hits = ScreeningHit.objects.filter(wave=wave).exclude(state=HitState.CLEARED)
    return dict(hits.order_by("-found_at", "-id").values_list("participant_id", "reason"))


def excluded_for_good(wave: Wave) -> set[int]:
    """Who, of the people of a wave, is held back by what nobody will decide any more: a case did, or the person was erased."""
    hits = ScreeningHit.objects.filter(Q(state=HitState.CONFIRMED) | Q(participant__key_salt=None), wave=wave)
    return set(hits.values_list("participant_id", flat=True))
