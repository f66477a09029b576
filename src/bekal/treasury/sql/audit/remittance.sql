-- Remittances against their transfers: returned (kind -7) to the treasury (account -1), and on to the fund of a later wave.
WITH posted AS (
    SELECT owner, amount_idr, run, key FROM ledger_transfer
    WHERE ledger_kind_of(debit) = -7 AND credit = -1 AND NOT starts_with(key, 'correct:')
), arrived AS (
    SELECT owner, amount_idr, key FROM ledger_transfer WHERE debit = -1 AND starts_with(key, 'reallocated:')
)
SELECT 'remittance', coalesce(posted.owner, wave.fund), CASE
    WHEN posted.owner IS NULL THEN format('the order %s was posted by run %s, but no transfer says so',
        remittance.order_number, run.id)
    ELSE format('transfer %s of Rp %s has no order', posted.key, posted.amount_idr)
END
FROM (
    treasury_remittance AS remittance
    JOIN ledger_run AS run ON run.id = remittance.run_id AND run.posted_count > 0
    JOIN programmes_wave AS wave ON wave.id = remittance.wave_id
)
FULL JOIN posted ON posted.run = run.id AND posted.owner = wave.fund AND posted.key = CASE
    WHEN remittance.to_wave_id IS NULL THEN 'remit:' ELSE 'reallocate:' END || remittance.order_number
WHERE posted.owner IS NULL OR remittance.id IS NULL
UNION ALL
SELECT 'remittance', coalesce(posted.owner, arrived.owner), format('order %s left with Rp %s and arrived with Rp %s',
    coalesce(split_part(posted.key, ':', 2), split_part(arrived.key, ':', 2)),
    coalesce(posted.amount_idr, 0), coalesce(arrived.amount_idr, 0))
FROM (
    SELECT posted.*, to_wave.fund AS to_fund
    FROM posted
    JOIN treasury_remittance AS remittance ON remittance.run_id = posted.run
    JOIN programmes_wave AS to_wave ON to_wave.id = remittance.to_wave_id
) AS posted
FULL JOIN arrived ON arrived.key = 'reallocated:' || split_part(posted.key, ':', 2) AND arrived.owner = posted.to_fund
WHERE posted.amount_idr IS DISTINCT FROM arrived.amount_idr
