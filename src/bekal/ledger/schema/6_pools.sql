-- Pools: what they hold is derived from the newest seal and the transfers posted since.

-- What each pool of a kind (of every kind, where it is NULL) holds by the posting dates through a day, or by everything posted where
-- that is NULL. Starts from the newest seal that is not later, and adds what is dated after it: nothing can be dated earlier any more.
-- Every account and every transfer fits a bigint, but what many of them add up to need not.
DROP FUNCTION IF EXISTS ledger_pool_totals(int, date);
CREATE FUNCTION ledger_pool_totals(p_kind int, p_through date) RETURNS TABLE (pool bigint, total_idr numeric)
LANGUAGE sql STABLE AS $$
    WITH rolled AS (
        SELECT number, day FROM ledger_seal WHERE p_through IS NULL OR day <= p_through ORDER BY number DESC LIMIT 1
    ), held AS (
        SELECT sealed.pool, sealed.total_idr FROM ledger_seal_pool AS sealed WHERE sealed.seal = (SELECT number FROM rolled)
        UNION ALL
        SELECT transfer.credit, transfer.amount_idr::numeric
        FROM ledger_transfer AS transfer
        WHERE transfer.credit < 0 AND transfer.posting_date > coalesce((SELECT day FROM rolled), '-infinity')
          AND transfer.posting_date <= coalesce(p_through, 'infinity')
        UNION ALL
        SELECT transfer.debit, -transfer.amount_idr::numeric
        FROM ledger_transfer AS transfer
        WHERE transfer.debit < 0 AND transfer.posting_date > coalesce((SELECT day FROM rolled), '-infinity')
          AND transfer.posting_date <= coalesce(p_through, 'infinity')
    )
    SELECT held.pool, sum(held.total_idr) FROM held WHERE p_kind IS NULL OR held.pool % 10 = p_kind GROUP BY held.pool
$$;

-- What an account can give to a transfer of an owner: its balance, or of a pool what the owner put in (escrow, clearing, paid) or
-- everybody did (payable, returned); NULL where there is no floor. A caller that debits a pool by this holds the row under which it
-- is debited, and asks in a statement of its own.
DROP FUNCTION IF EXISTS ledger_can_give_idr(bigint, bigint);
CREATE FUNCTION ledger_can_give_idr(p_owner bigint, p_account bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p_account > 0 THEN (SELECT available_idr FROM ledger_balance WHERE owner = p_account)
        WHEN p_account % 10 IN (-3, -5, -6) THEN (
            SELECT coalesce(sum(CASE p_account WHEN credit THEN amount_idr ELSE -amount_idr END), 0)
            FROM ledger_transfer
            WHERE owner = p_owner AND p_account IN (debit, credit)
        )
        WHEN p_account % 10 IN (-4, -7) THEN coalesce(
            (SELECT total_idr FROM ledger_pool_totals(ledger_kind_of(p_account), NULL) WHERE pool = p_account), 0
        )
    END
$$;
