-- The leaves of a day, in order: of each owner the last transfer among those dated that day or earlier. Once the day is closed,
-- no later posting can change them. One index probe for each owner, so that memory stays small and a range of owners is enough.
SELECT balance.owner, leaf.sequence, leaf.hash
FROM ledger_balance AS balance
CROSS JOIN LATERAL (
    SELECT transfer.sequence, transfer.hash
    FROM ledger_transfer AS transfer
    WHERE transfer.owner = balance.owner AND transfer.posting_date <= %(day)s
    ORDER BY transfer.sequence DESC
    LIMIT 1
) AS leaf
WHERE balance.owner >= %(low)s AND balance.owner < %(high)s
ORDER BY balance.owner
