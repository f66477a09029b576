-- Keeps a payment for each instalment that a chunk sent, to the newest verified account of its channel: in use when the rule was
-- judged, or linked since in the same place.
INSERT INTO payouts_payment (public_id, run, owner, key, account_id, amount_idr, state, sent_at)
SELECT gen_random_uuid(), %(run)s, transfer.owner, transfer.key, account.id, transfer.amount_idr, 'sent',
    %(posted_at)s
FROM ledger_run_target AS target
CROSS JOIN LATERAL (
    SELECT * FROM ledger_transfer AS found WHERE found.owner = target.owner AND found.key = target.key LIMIT 1
) AS transfer
JOIN ledger_pool AS clearing ON clearing.id = transfer.credit
JOIN participants_enrolment AS enrolment ON enrolment.number = ledger_number_of(target.owner)
CROSS JOIN LATERAL (
    SELECT known.id
    FROM payouts_paymentaccount AS known
    WHERE known.participant_id = enrolment.participant_id AND known.channel = clearing.scope
      AND known.verified_at IS NOT NULL
    ORDER BY known.id DESC
    LIMIT 1
) AS account
WHERE target.run = %(run)s AND target.owner > %(low)s AND target.owner <= %(high)s AND transfer.run = %(run)s
