-- Who can still spend on a day: before the first purchase until its last day for this person, after it until the last day of
-- spending.
SELECT enrolment.id, enrolment.participant_id, enrolment.number
FROM participants_enrolment AS enrolment
JOIN programmes_wave AS wave ON wave.id = enrolment.wave_id
CROSS JOIN LATERAL purchases_security(enrolment.id, enrolment.first_purchase_by, wave.spend_by) AS security
WHERE enrolment.status = 'granted' AND enrolment.id > %(after)s
  AND %(day)s <= CASE WHEN security.has_bought THEN wave.spend_by ELSE coalesce(security.first_purchase_by, wave.spend_by) END
