-- Who is told of the refunds that a chunk made, those of `refunded`; `is_closed` says whether the price went on to the treasury.
-- People without a login are told nothing.
SELECT participant.user_id AS recipient, refunded.public_id AS about, training.title, refunded.price_idr AS amount_idr,
    balance.closed_on IS NOT NULL AS is_closed
FROM refunded
JOIN participants_enrolment AS enrolment ON enrolment.id = refunded.enrolment_id
JOIN participants_participant AS participant ON participant.id = enrolment.participant_id
JOIN catalogue_training AS training ON training.id = refunded.training_id
JOIN ledger_balance AS balance ON balance.owner = ledger_training(enrolment.number)
WHERE participant.user_id IS NOT NULL
