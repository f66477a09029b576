-- Every payment is a transfer of its run to a channel, says what the ledger says became of it, and its result undoes or ends it.
SELECT 'payment', coalesce(sent.owner, payment.owner), CASE
    WHEN sent.owner IS NULL THEN format(
        'payment %%s of Rp %%s has no transfer %%s', payment.public_id, payment.amount_idr, payment.key)
    WHEN payment.id IS NULL THEN format('transfer %%s of Rp %%s has no payment', sent.key, sent.amount_idr)
    ELSE format('payment %%s of Rp %%s is %%s; its transfer %%s of Rp %%s says otherwise', payment.public_id,
        payment.amount_idr, payment.state, sent.key, sent.amount_idr)
END
FROM (
    SELECT sent.owner, sent.key, sent.amount_idr, sent.run,
        CASE WHEN ending.owner IS NULL THEN 'sent' ELSE payouts_result(ending.key) END AS state,
        coalesce((ending.debit, ending.credit, ending.amount_idr) = (
            sent.credit,
            CASE payouts_result(ending.key) WHEN 'paid' THEN ledger_paid(ledger_number_of(sent.credit)) ELSE sent.debit END,
            sent.amount_idr
        ), true) AS follows
    FROM ledger_transfer AS sent
    LEFT JOIN ledger_transfer AS ending ON ending.owner = sent.owner
        AND ending.key IN (payouts_result_key(sent.key, 'paid'), payouts_result_key(sent.key, 'rejected'))
    WHERE sent.owner > %(low)s AND sent.owner <= %(high)s AND payouts_is_payment(sent.key) AND payouts_result(sent.key) = ''
) AS sent
FULL JOIN (
    SELECT id, public_id, run, owner, key, amount_idr, state
    FROM payouts_payment
    WHERE owner > %(low)s AND owner <= %(high)s
) AS payment ON payment.owner = sent.owner AND payment.key = sent.key
WHERE sent.owner IS NULL OR payment.id IS NULL OR NOT sent.follows
   OR (payment.amount_idr, payment.state) <> (sent.amount_idr, sent.state) OR payment.run IS DISTINCT FROM sent.run
