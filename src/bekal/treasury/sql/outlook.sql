-- What a wave would give back if it ended now, in people and rupiah; see `Outlook`.
SELECT
    count(*) FILTER (WHERE status = 'granted' AND NOT has_bought),
    coalesce(sum(training_idr) FILTER (WHERE status = 'granted' AND NOT has_bought), 0),
    coalesce(sum(incentive_idr) FILTER (WHERE status = 'granted' AND NOT has_bought), 0),
    count(*) FILTER (WHERE status = 'granted' AND has_bought),
    count(*) FILTER (WHERE status = 'granted' AND has_bought AND training_idr > 0),
    coalesce(sum(training_idr) FILTER (WHERE status = 'granted' AND has_bought), 0),
    count(*) FILTER (WHERE status = 'revoked'),
    count(*) FILTER (WHERE status = 'ended'),
    count(*) FILTER (WHERE status = 'granted' AND NOT has_bought AND first_purchase_by IS NULL),
    min(first_purchase_by) FILTER (WHERE status = 'granted' AND NOT has_bought)
FROM (
    SELECT enrolment.status, training.available_idr AS training_idr, incentive.available_idr AS incentive_idr,
        security.has_bought, security.first_purchase_by
    FROM participants_enrolment AS enrolment
    JOIN programmes_wave AS wave ON wave.id = enrolment.wave_id
    CROSS JOIN LATERAL purchases_security(enrolment.id, enrolment.first_purchase_by, wave.spend_by) AS security
    JOIN ledger_balance AS training ON training.owner = ledger_training(enrolment.number)
    JOIN ledger_balance AS incentive ON incentive.owner = ledger_incentive(enrolment.number)
    WHERE enrolment.wave_id = %(wave)s
) AS person
