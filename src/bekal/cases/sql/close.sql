-- Closes the cases whose question was settled elsewhere: by the registry, by the person, by an erasure.
UPDATE cases_case AS known
SET state = 'closed', decided_at = %(now)s
WHERE known.state = 'open'
  AND NOT EXISTS (SELECT FROM cases_decision AS decision WHERE decision.case_id = known.id AND decision.state = 'proposed')
  AND CASE known.kind
      WHEN 'verification' THEN NOT EXISTS (
          SELECT FROM participants_identitycheck AS verification
          JOIN participants_participant AS person ON person.id = verification.participant_id AND person.key_salt IS NOT NULL
          WHERE verification.participant_id = known.participant_id AND verification.state = 'to_be_verified'
            AND verification.disagreeing = known.reason
      )
      WHEN 'hit' THEN NOT EXISTS (
          SELECT FROM participants_screeninghit AS hit
          WHERE hit.participant_id = known.participant_id AND hit.wave_id = known.wave_id AND hit.reason = known.reason
            AND hit.state = 'open'
      )
      ELSE EXISTS (
          SELECT FROM participants_participant AS person
          WHERE person.id IN (known.participant_id, known.other_id) AND person.key_salt IS NULL
      )
  END
