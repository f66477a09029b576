-- The payments of a run that results name, each with its transfer and with what a result would post; see `_Payment` in results.py.
SELECT payment.public_id, payment.state, payment.owner, transfer.debit, transfer.credit,
    ledger_paid(ledger_number_of(transfer.credit)), transfer.amount_idr, payouts_result_key(payment.key, 'paid'),
    payouts_result_key(payment.key, 'rejected'), payouts_result_key(payment.key, 'bounced'), balance.fund,
    balance.closed_on IS NOT NULL, payouts_is_over(payment.owner) AND NOT payouts_has_bounced(payment.owner, payment.key),
    CASE
        WHEN payment.state = 'sent' THEN NOT ledger_is_undone(transfer.owner, transfer.sequence)
            AND ledger_can_give_idr(payment.owner, transfer.credit) >= transfer.amount_idr
        ELSE NOT ledger_is_undone(paid.owner, paid.sequence)
            AND ledger_can_give_idr(payment.owner, paid.credit) >= transfer.amount_idr
    END
FROM payouts_payment AS payment
JOIN ledger_transfer AS transfer ON transfer.owner = payment.owner AND transfer.key = payment.key
LEFT JOIN ledger_transfer AS paid ON paid.owner = payment.owner AND paid.key = payouts_result_key(payment.key, 'paid')
JOIN ledger_balance AS balance ON balance.owner = payment.owner
WHERE payment.run = %(run)s AND payment.public_id = ANY (%(public_ids)s::uuid[])
ORDER BY payment.owner
