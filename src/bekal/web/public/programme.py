"""The programme that runs now."""

from dataclasses import dataclass

from bekal.programmes.definition import Programme, load_definition
from bekal.programmes.models import Wave
from bekal.programmes.queries import all_waves


@dataclass(frozen=True, slots=True)
class CurrentProgramme:
    """The newest wave and what its programme promises."""

    wave: Wave
    definition: Programme


def current_programme() -> CurrentProgramme | None:
    """The programme of the newest wave, in one query; None before the first wave."""
    wave = next(iter(all_waves()), None)
    return CurrentProgramme(wave=wave, definition=load_definition(wave.programme)) if wave else None
