-- Opens a case for whatever waits for a decision below and has none: registrations to be verified, hits of screenings, and people
-- with the same name and birth date of whom one applied to a wave that was screened.
WITH waiting AS (
    SELECT 'verification' AS kind, verification.participant_id, NULL::bigint AS other_id, NULL::bigint AS wave_id,
        verification.disagreeing AS reason, verification.opened_at
    FROM participants_identitycheck AS verification
    JOIN participants_participant AS person ON person.id = verification.participant_id AND person.key_salt IS NOT NULL
    WHERE verification.state = 'to_be_verified'
    UNION ALL
    SELECT 'hit', hit.participant_id, NULL, hit.wave_id, hit.reason, hit.found_at
    FROM participants_screeninghit AS hit
    WHERE hit.state = 'open'
)
INSERT INTO cases_case (public_id, kind, participant_id, other_id, wave_id, reason, state, outcome, opened_at)
SELECT gen_random_uuid(), waiting.kind, waiting.participant_id, waiting.other_id, waiting.wave_id, waiting.reason, 'open', '',
    %(now)s
FROM waiting
WHERE NOT EXISTS (
    SELECT FROM cases_case AS known
    WHERE known.kind = waiting.kind AND known.participant_id = waiting.participant_id AND known.state = 'open'
      AND known.wave_id IS NOT DISTINCT FROM waiting.wave_id AND known.reason = waiting.reason
)
ORDER BY waiting.opened_at, waiting.participant_id
ON CONFLICT DO NOTHING
