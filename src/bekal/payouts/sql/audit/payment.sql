-- Every payment is a transfer of its run to a channel, and its state is what its transfers come to in net: where the amount is now,
-- of the three accounts between which a payment moves.
SELECT 'payment', coalesce(sent.owner, payment.owner), CASE
    WHEN sent.owner IS NULL THEN format(
        'payment %%s of Rp %%s has no transfer %%s', payment.public_id, payment.amount_idr, payment.key)
    WHEN payment.id IS NULL THEN format('transfer %%s of Rp %%s has no payment', sent.key, sent.amount_idr)
    ELSE format('payment %%s of Rp %%s is %%s; its transfer %%s of Rp %%s says otherwise', payment.public_id,
        payment.amount_idr, payment.state, sent.key, sent.amount_idr)
END
FROM (
    SELECT sent.owner, sent.key, sent.amount_idr, sent.run, CASE
        WHEN net.is_elsewhere THEN 'elsewhere'
        WHEN (net.back_idr, net.clearing_idr, net.paid_idr) = (0, 0, 0) THEN CASE WHEN net.has_bounced THEN 'bounced' ELSE 'rejected' END
        WHEN (net.back_idr, net.clearing_idr, net.paid_idr) = (-sent.amount_idr, sent.amount_idr, 0) AND net.steps = 1 THEN 'sent'
        WHEN (net.back_idr, net.clearing_idr, net.paid_idr) = (-sent.amount_idr, 0, sent.amount_idr) AND net.steps = 2 THEN 'paid'
        ELSE 'elsewhere'
    END AS state
    FROM ledger_transfer AS sent
    CROSS JOIN LATERAL (
        SELECT count(*) AS steps, bool_or(payouts_result(step.key) = 'bounced') AS has_bounced,
            sum(CASE sent.debit WHEN step.credit THEN step.amount_idr WHEN step.debit THEN -step.amount_idr ELSE 0 END) AS back_idr,
            sum(CASE sent.credit WHEN step.credit THEN step.amount_idr WHEN step.debit THEN -step.amount_idr ELSE 0 END)
                AS clearing_idr,
            sum(CASE pool.paid WHEN step.credit THEN step.amount_idr WHEN step.debit THEN -step.amount_idr ELSE 0 END) AS paid_idr,
            bool_or(step.debit NOT IN (sent.debit, sent.credit, pool.paid) OR step.credit NOT IN (sent.debit, sent.credit, pool.paid))
                AS is_elsewhere
        FROM (SELECT ledger_paid(ledger_number_of(sent.credit)) AS paid) AS pool
        JOIN ledger_transfer AS step ON step.owner = sent.owner AND step.key IN (
            sent.key, payouts_result_key(sent.key, 'paid'), payouts_result_key(sent.key, 'rejected'),
            payouts_result_key(sent.key, 'bounced')
        )
    ) AS net
    WHERE sent.owner > %(low)s AND sent.owner <= %(high)s AND payouts_is_payment(sent.key) AND payouts_result(sent.key) = ''
) AS sent
FULL JOIN (
    SELECT id, public_id, run, owner, key, amount_idr, state
    FROM payouts_payment
    WHERE owner > %(low)s AND owner <= %(high)s
) AS payment ON payment.owner = sent.owner AND payment.key = sent.key
WHERE sent.owner IS NULL OR payment.id IS NULL
   OR (payment.amount_idr, payment.state) <> (sent.amount_idr, sent.state) OR payment.run IS DISTINCT FROM sent.run
