-- Posts one transfer for each of many owners whose rows are locked, or says how many cannot be posted.
WITH asked AS (
    SELECT owner, debit, credit, amount_idr, key, forward_to
    FROM unnest(
        %(owners)s::bigint[], %(debits)s::bigint[], %(credits)s::bigint[], %(amounts_idr)s::bigint[], %(keys)s::text[],
        %(forward_to)s::bigint[]
    ) AS asked (owner, debit, credit, amount_idr, key, forward_to)
), moved AS (
    SELECT
        owner, asked.debit, asked.credit, asked.key, asked.amount_idr, balance.head, balance.sequence + 1 AS sequence,
        balance.available_idr
            + CASE owner WHEN asked.credit THEN asked.amount_idr WHEN asked.debit THEN -asked.amount_idr ELSE 0 END AS after_idr,
        CASE WHEN balance.closed_on IS NOT NULL AND owner = asked.credit THEN asked.forward_to END AS forward_to
    FROM asked
    JOIN ledger_balance AS balance USING (owner)
    WHERE balance.closed_on IS NULL
       OR owner NOT IN (asked.debit, asked.credit)
       OR (owner = asked.credit AND asked.forward_to IS NOT NULL)
), chained AS MATERIALIZED (
    SELECT
        owner, debit, credit, key, amount_idr, sequence, after_idr, forward_to,
        ledger_hash(
            head, owner, sequence, debit, credit, amount_idr, after_idr,
            %(posting_date)s::date, %(posted_at)s::timestamptz, NULL, key
        ) AS hash
    FROM moved
    WHERE after_idr >= 0
), forwarded AS MATERIALIZED (
    SELECT
        owner, key, amount_idr, sequence, after_idr, forward_to, hash,
        CASE WHEN forward_to IS NOT NULL THEN ledger_hash(
            hash, owner, sequence + 1, owner, forward_to, amount_idr, after_idr - amount_idr,
            %(posting_date)s::date, %(posted_at)s::timestamptz, NULL, 'forward:' || key
        ) END AS forward_hash
    FROM chained
), inserted AS (
    INSERT INTO ledger_transfer (owner, debit, credit, amount_idr, after_idr, posted_at, sequence, posting_date, key, hash)
    SELECT owner, debit, credit, amount_idr, after_idr, %(posted_at)s, sequence, %(posting_date)s, key, hash FROM chained
    UNION ALL
    SELECT
        owner, owner, forward_to, amount_idr, after_idr - amount_idr, %(posted_at)s, sequence + 1, %(posting_date)s,
        'forward:' || key, forward_hash
    FROM forwarded
    WHERE forward_to IS NOT NULL
), balanced AS (
    UPDATE ledger_balance AS balance
    SET
        available_idr = CASE WHEN forward_to IS NULL THEN after_idr ELSE after_idr - amount_idr END,
        sequence = forwarded.sequence + (forward_to IS NOT NULL)::int,
        head = coalesce(forward_hash, hash)
    FROM forwarded
    WHERE balance.owner = forwarded.owner
)
SELECT (SELECT count(*) FROM asked) - (SELECT count(*) FROM chained)
