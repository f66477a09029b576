"""Opening cases in the background."""

from bekal.cases.services import OPEN_JOB, open_cases
from bekal.jobs.kinds import JobKind, Pause, register_job

_DUE_SQL = """
SELECT 1 WHERE EXISTS (
    SELECT FROM participants_screeninghit AS hit
    WHERE hit.state = 'open' AND NOT EXISTS (
        SELECT FROM cases_case AS known
        WHERE known.state = 'open' AND known.kind = 'hit' AND known.participant_id = hit.participant_id
          AND known.wave_id = hit.wave_id AND known.reason = hit.reason
    )
) OR EXISTS (
    SELECT FROM participants_identitycheck AS verification
    WHERE verification.state = 'to_be_verified' AND NOT EXISTS (
        SELECT FROM cases_case AS known
        WHERE known.state = 'open' AND known.kind = 'verification' AND known.participant_id = verification.participant_id
          AND known.reason = verification.disagreeing
    )
) OR EXISTS (
    SELECT FROM participants_screening AS screening
    WHERE screening.finished_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM cases_doublessearch AS search WHERE search.screening_id = screening.id)
)
"""


def _open(_lane: int, _pause: Pause) -> None:
    open_cases()


def register() -> None:
    """Make the job known that opens cases."""
    register_job(JobKind(name=OPEN_JOB, work=_open, due_sql=_DUE_SQL, is_watched=True))
