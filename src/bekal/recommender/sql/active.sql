-- Who can still spend on a day: before the first purchase until its last day, after it until the last day of spending.
SELECT enrolment.id, enrolment.participant_id, enrolment.number
FROM participants_enrolment AS enrolment
JOIN programmes_wave AS wave ON wave.id = enrolment.wave_id
WHERE enrolment.status = 'granted' AND enrolment.id > %(after)s AND %(day)s <= CASE
    WHEN EXISTS (SELECT FROM purchases_paid AS paid WHERE paid.enrolment_id = enrolment.id) THEN wave.spend_by
    ELSE wave.first_purchase_by
END
