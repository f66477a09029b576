-- The payments of a run that results name, each with its transfer and with what a result would post; see `_Sent` in results.py.
SELECT payment.public_id, payment.state, payment.owner, transfer.debit, transfer.credit,
    ledger_paid(ledger_number_of(transfer.credit)), transfer.amount_idr, payouts_result_key(payment.key, 'paid'),
    payouts_result_key(payment.key, 'rejected'), balance.fund, balance.closed_on IS NOT NULL,
    ledger_can_give_idr(payment.owner, transfer.credit) >= transfer.amount_idr
FROM payouts_payment AS payment
JOIN ledger_transfer AS transfer ON transfer.owner = payment.owner AND transfer.key = payment.key
JOIN ledger_balance AS balance ON balance.owner = payment.owner
WHERE payment.run = %(run)s AND payment.public_id = ANY (%(public_ids)s::uuid[])
ORDER BY payment.owner
