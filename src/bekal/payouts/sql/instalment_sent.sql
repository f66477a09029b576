-- Keeps a payment for each instalment that a chunk sent, to the newest verified account of its channel: in use when the rule was
-- judged, or linked since in the same place.
INSERT INTO payouts_payment (public_id, run, owner, key, account_id, amount_idr, state, sent_at)
SELECT gen_random_uuid(), %(run)s, posted.owner, posted.key, account.id, posted.amount_idr, 'sent', %(posted_at)s
FROM ledger_posted_targets(%(run)s, %(low)s, %(high)s) AS posted
JOIN ledger_pool AS clearing ON clearing.id = posted.credit
JOIN participants_enrolment AS enrolment ON enrolment.number = ledger_number_of(posted.owner)
CROSS JOIN LATERAL (
    SELECT known.id
    FROM payouts_paymentaccount AS known
    WHERE known.participant_id = enrolment.participant_id AND known.channel = clearing.scope
      AND known.verified_at IS NOT NULL
    ORDER BY known.id DESC
    LIMIT 1
) AS account
