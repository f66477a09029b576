-- Opens a case for everybody who applied to a wave and has the name and birth date of somebody who registered before: the first of
-- them. What was decided once of two people is not asked again.
INSERT INTO cases_case (public_id, kind, participant_id, other_id, reason, state, outcome, opened_at)
SELECT gen_random_uuid(), 'double', person.id, first.id, '', 'open', '', %(now)s
FROM participants_application AS application
JOIN participants_participant AS person ON person.id = application.participant_id AND person.name_birth_index IS NOT NULL
CROSS JOIN LATERAL (
    SELECT min(earlier.id) AS id
    FROM participants_participant AS earlier
    WHERE earlier.name_birth_index = person.name_birth_index AND earlier.id < person.id
) AS first
WHERE application.wave_id = %(wave)s AND application.state <> 'withdrawn' AND first.id IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM cases_case AS known
      WHERE known.kind = 'double' AND known.participant_id = person.id AND known.other_id = first.id
  )
ORDER BY person.id
