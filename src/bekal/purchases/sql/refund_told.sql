-- Who is told of the refunds that a chunk made, and what is true of each now that the price is back: `is_closed`, it went on to the
-- treasury; `is_over`, the last day to spend it has passed; `has_bought`, another training secures the participation. People
-- without a login are told nothing.
SELECT participant.user_id AS recipient, refunded.public_id AS about, training.title, refunded.price_idr AS amount_idr,
    own.last_day, balance.closed_on IS NOT NULL AS is_closed,
    enrolment.status <> 'granted' OR own.last_day < (%(posted_at)s::timestamptz AT TIME ZONE 'Asia/Jakarta')::date AS is_over,
    security.has_bought
FROM purchases_purchase AS refunded
JOIN participants_enrolment AS enrolment ON enrolment.id = refunded.enrolment_id
JOIN programmes_wave AS wave ON wave.id = enrolment.wave_id
JOIN participants_participant AS participant ON participant.id = enrolment.participant_id
JOIN catalogue_training AS training ON training.id = refunded.training_id
JOIN ledger_balance AS balance ON balance.owner = ledger_training(enrolment.number)
CROSS JOIN LATERAL purchases_security(enrolment.id, enrolment.first_purchase_by, wave.spend_by) AS security
CROSS JOIN LATERAL (
    SELECT CASE WHEN security.has_bought THEN wave.spend_by ELSE coalesce(security.first_purchase_by, wave.spend_by) END AS last_day
) AS own
WHERE participant.user_id IS NOT NULL AND refunded.public_id = ANY (ARRAY(
    SELECT purchases_public_id(split_part(posted.key, ':', 2)) FROM ledger_posted_targets(%(run)s, %(low)s, %(high)s) AS posted
))
