-- Posts the targets of one place in a chunk of a run: every target with owner in (low, high] gets its transfer, or a reason why not.
-- The owners' rows are locked. The run kind's rule is the lateral join and judges one target at a time, so that no statistics,
-- however stale, can turn it into a quadratic join.
WITH weighed AS MATERIALIZED (
    SELECT
        target.owner, target.debit, target.credit, target.key,
        least(verdict.amount_idr, target.bound_idr) AS amount_idr,
        balance.available_idr, balance.sequence, balance.head, balance.closed_on,
        CASE
            WHEN verdict.reason IS NOT NULL THEN verdict.reason
            WHEN verdict.amount_idr IS NULL OR balance.owner IS NULL THEN 'gone'
            WHEN verdict.amount_idr < 0 THEN 'bad_amount'
            -- Not EXISTS, which may be answered by reading every transfer there is, for each chunk.
            WHEN (
                SELECT posted.sequence FROM ledger_transfer AS posted WHERE posted.owner = target.owner AND posted.key = target.key
            ) IS NOT NULL THEN 'already_posted'
            WHEN balance.closed_on IS NOT NULL
                AND (target.owner = target.debit OR target.owner = target.credit AND %(forward_to)s::bigint IS NULL) THEN 'closed'
            WHEN target.debit = target.owner AND least(verdict.amount_idr, target.bound_idr) > balance.available_idr
                THEN 'insufficient'
            -- More than an account can hold.
            WHEN target.credit = target.owner
                AND least(verdict.amount_idr, target.bound_idr) > 9223372036854775807 - balance.available_idr THEN 'too_much'
            -- What came in since the proposal would be shut in.
            WHEN %(closes)s AND target.debit = target.owner AND least(verdict.amount_idr, target.bound_idr) < balance.available_idr
                THEN 'more_than_approved'
        END AS reason
    FROM ledger_run_target AS target
    LEFT JOIN ledger_balance AS balance USING (owner)
    LEFT JOIN LATERAL ({verdict}) AS verdict ON true
    WHERE target.run = %(run)s AND target.owner > %(low)s AND target.owner <= %(high)s AND target.place = %(place)s
), judged AS (
    -- Both accounts of an enrolment move, or neither does.
    SELECT
        owner, debit, credit, key, amount_idr, available_idr, sequence, head, closed_on,
        coalesce(reason, max(reason) OVER (PARTITION BY ledger_number_of(owner))) AS reason
    FROM weighed
), moved AS (
    SELECT
        owner, debit, credit, key, amount_idr, head, closed_on, sequence + 1 AS sequence,
        available_idr + CASE owner WHEN credit THEN amount_idr WHEN debit THEN -amount_idr ELSE 0 END AS after_idr
    FROM judged
    WHERE reason IS NULL AND amount_idr > 0
), chained AS MATERIALIZED (
    SELECT
        owner, debit, credit, key, amount_idr, sequence, after_idr, owner = credit AND closed_on IS NOT NULL AS is_late,
        ledger_hash(
            head, owner, sequence, debit, credit, amount_idr, after_idr,
            %(posting_date)s::date, %(posted_at)s::timestamptz, %(run)s::int, key
        ) AS hash
    FROM moved
), forwarded AS MATERIALIZED (
    -- What reaches a closed account goes on at once.
    SELECT
        owner, debit, credit, key, amount_idr, sequence, after_idr, is_late, hash,
        CASE WHEN is_late THEN ledger_hash(
            hash, owner, sequence + 1, owner, %(forward_to)s::bigint, amount_idr, after_idr - amount_idr,
            %(posting_date)s::date, %(posted_at)s::timestamptz, %(run)s::int, 'forward:' || key
        ) END AS forward_hash
    FROM chained
), inserted AS (
    INSERT INTO ledger_transfer (
        owner, debit, credit, amount_idr, after_idr, posted_at, sequence, posting_date, run, key, hash
    )
    SELECT
        owner, debit, credit, amount_idr, after_idr, %(posted_at)s, sequence, %(posting_date)s, %(run)s, key, hash
    FROM chained
    UNION ALL
    SELECT
        owner, owner, %(forward_to)s::bigint, amount_idr, after_idr - amount_idr, %(posted_at)s, sequence + 1, %(posting_date)s,
        %(run)s, 'forward:' || key, forward_hash
    FROM forwarded
    WHERE is_late
), balanced AS (
    UPDATE ledger_balance AS balance
    SET
        available_idr = CASE WHEN is_late THEN after_idr - amount_idr ELSE after_idr END,
        sequence = forwarded.sequence + is_late::int,
        head = coalesce(forward_hash, hash),
        closed_on = CASE WHEN %(closes)s THEN %(posting_date)s::date ELSE balance.closed_on END
    FROM forwarded
    WHERE balance.owner = forwarded.owner
), closed AS (
    UPDATE ledger_balance AS balance
    SET closed_on = %(posting_date)s
    FROM judged
    WHERE balance.owner = judged.owner AND judged.reason IS NULL AND judged.amount_idr = 0 AND %(closes)s
), skipped AS (
    INSERT INTO ledger_run_skip (run, owner, place, reason)
    SELECT %(run)s, owner, %(place)s, reason FROM judged WHERE reason IS NOT NULL
)
SELECT
    (SELECT count(*) FROM judged),
    (SELECT count(*) FROM chained),
    -- At most the bound of the run, which fits.
    (SELECT coalesce(sum(amount_idr), 0)::bigint FROM chained),
    (SELECT count(*) FROM judged WHERE reason IS NOT NULL)
