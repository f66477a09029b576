"""What the last screening of a wave found, as its page shows it."""

from bekal.participants.screening.queries import is_current, last_screening
from bekal.participants.screening.wording import reason_in_words
from bekal.programmes.models import Wave


def screening_context(wave: Wave) -> dict[str, object]:
    """The last screening with its reasons in words; nothing for a wave whose people do not apply."""
    if wave.places is None:
        return {}
    last = last_screening(wave)
    if last is None:
        return {"is_screened": True, "screening": None}
    return {
        "is_screened": True,
        "screening": last,
        "screening_is_current": last.finished_at is None or is_current(wave),
        "screening_reasons": [(reason_in_words(reason, wave.programme), count) for reason, count in last.reasons.items()],
        "screening_lists": sorted(last.lists.items()),
    }
