-- Posts one transfer for each of many owners whose rows are locked, or says how many cannot be posted.
WITH asked AS (
    SELECT owner, debit, credit, amount_idr, key
    FROM unnest(
        %(owners)s::bigint[], %(debits)s::bigint[], %(credits)s::bigint[], %(amounts_idr)s::bigint[], %(keys)s::text[]
    ) AS asked (owner, debit, credit, amount_idr, key)
), moved AS (
    SELECT
        owner, asked.debit, asked.credit, asked.key, asked.amount_idr, balance.head, balance.sequence + 1 AS sequence,
        balance.available_idr
            + CASE owner WHEN asked.credit THEN asked.amount_idr WHEN asked.debit THEN -asked.amount_idr ELSE 0 END AS after_idr
    FROM asked
    JOIN ledger_balance AS balance USING (owner)
    WHERE balance.closed_on IS NULL
), chained AS MATERIALIZED (
    SELECT
        owner, debit, credit, key, amount_idr, sequence, after_idr,
        ledger_hash(
            head, owner, sequence, debit, credit, amount_idr, after_idr,
            %(posting_date)s::date, %(posted_at)s::timestamptz, NULL, key
        ) AS hash
    FROM moved
    WHERE after_idr >= 0
), inserted AS (
    INSERT INTO ledger_transfer (owner, debit, credit, amount_idr, after_idr, posted_at, sequence, posting_date, key, hash)
    SELECT owner, debit, credit, amount_idr, after_idr, %(posted_at)s, sequence, %(posting_date)s, key, hash FROM chained
), balanced AS (
    UPDATE ledger_balance AS balance
    SET available_idr = chained.after_idr, sequence = chained.sequence, head = chained.hash
    FROM chained
    WHERE balance.owner = chained.owner
)
SELECT (SELECT count(*) FROM asked) - (SELECT count(*) FROM chained)
