-- Gives a row where something waits below and has no case, or doubles were not looked for since a screening.
SELECT 1 WHERE EXISTS (
    SELECT FROM participants_screeninghit AS hit
    WHERE hit.state = 'open' AND NOT EXISTS (
        SELECT FROM cases_case AS known
        WHERE known.state = 'open' AND known.kind = 'hit' AND known.participant_id = hit.participant_id
          AND known.wave_id = hit.wave_id AND known.reason = hit.reason
    )
) OR EXISTS (
    SELECT FROM participants_identitycheck AS verification
    JOIN participants_participant AS person ON person.id = verification.participant_id AND person.key_salt IS NOT NULL
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
