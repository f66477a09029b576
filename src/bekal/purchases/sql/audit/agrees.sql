-- A purchase says that something happened to it, and the ledger has the transfer for it; and the other way round. Filled in by
-- checks.py: {name} of the check, {key} of its transfers, when it {happened} to a purchase, and the accounts {debit} and
-- {credit}.
SELECT '{name}', coalesce(transfer.owner, purchase.owner), CASE
    WHEN transfer.owner IS NULL THEN format(
        'purchase %%s of Rp %%s has no transfer {key}', purchase.public_id, purchase.price_idr)
    WHEN purchase.public_id IS NULL THEN format(
        'transfer %%s of Rp %%s has no purchase', transfer.key, transfer.amount_idr)
    ELSE format('purchase %%s of Rp %%s was posted under {key} as Rp %%s from %%s to %%s', purchase.public_id,
        purchase.price_idr, transfer.amount_idr, transfer.debit, transfer.credit)
END
FROM (
    SELECT purchase.public_id, purchases_name(purchase.public_id) AS name, purchase.price_idr,
        ledger_training(enrolment.number) AS owner, ledger_escrow(provider.number) AS escrow,
        ledger_payable(provider.number) AS payable
    FROM participants_enrolment AS enrolment
    JOIN purchases_purchase AS purchase ON purchase.enrolment_id = enrolment.id
    JOIN catalogue_training AS training ON training.id = purchase.training_id
    JOIN catalogue_provider AS provider ON provider.id = training.provider_id
    -- The first condition is for the index; the lowest number of all is negative, and none of an owner.
    WHERE enrolment.number BETWEEN
            ledger_number_of(greatest(CAST(%(low)s AS bigint), 0)) AND ledger_number_of(CAST(%(high)s AS bigint))
      AND ledger_training(enrolment.number) > %(low)s AND ledger_training(enrolment.number) <= %(high)s
      AND {happened}
) AS purchase
FULL JOIN (
    SELECT owner, key, debit, credit, amount_idr
    FROM ledger_transfer
    WHERE owner > %(low)s AND owner <= %(high)s AND starts_with(key, '{key}:')
) AS transfer ON transfer.key = '{key}:' || purchase.name
WHERE transfer.owner IS NULL OR purchase.public_id IS NULL
   OR (transfer.owner, transfer.debit, transfer.credit, transfer.amount_idr)
        <> (purchase.owner, purchase.{debit}, purchase.{credit}, purchase.price_idr)
