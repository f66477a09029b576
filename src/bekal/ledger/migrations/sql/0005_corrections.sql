-- Corrections: the reverse of flows that otherwise have none, under keys that begin with `correct:`; and what an account can give.

ALTER TABLE ledger_transfer
    DROP CONSTRAINT transfer_flow_exists,
    ADD CONSTRAINT transfer_flow_exists CHECK (
        CASE debit % 10
            WHEN -1 THEN debit = -1 AND credit % 10 = 3     -- treasury  -> wave fund
            WHEN 3 THEN credit % 10 = -2                    -- wave fund -> granting
            WHEN -2 THEN credit % 10 IN (1, 2, 3)           -- granting  -> training, incentive, and the rest back to the fund
            WHEN 1 THEN credit % 10 IN (-3, -7)             -- training  -> escrow, returned
            WHEN -3 THEN                                    -- escrow    -> training (refund), the same provider's payable
                credit % 10 = 1 OR (credit = debit - 1 AND owner % 10 = 1)
            WHEN -4 THEN credit % 10 = -5 AND debit = -owner  -- payable -> clearing
            WHEN -5 THEN                                    -- clearing  -> paid; rejected: payable, incentive
                (credit % 10 = -6 AND owner % 10 IN (2, 4)) OR (credit % 10 = -4 AND credit = -owner) OR credit % 10 = 2
            WHEN 2 THEN credit % 10 IN (-5, -7)             -- incentive -> clearing, returned
            WHEN -7 THEN                                    -- returned  -> treasury, granting (won appeal)
                (credit = -1 OR credit % 10 = -2) AND owner % 10 = 3
            ELSE false
        END
        OR starts_with(key, 'correct:') AND CASE debit % 10
            WHEN 3 THEN credit = -1                         -- a funding
            WHEN -4 THEN credit = debit + 1 AND owner % 10 = 1  -- a release to the provider
            WHEN -6 THEN credit % 10 = -5 AND owner % 10 IN (2, 4)  -- a payment that the bank reported
            WHEN -7 THEN credit % 10 IN (1, 2)              -- a return
            WHEN -1 THEN credit % 10 = -7 AND owner % 10 = 3  -- a remittance
            ELSE false
        END
    );

-- What an account can give to a transfer of an owner: its balance, or of a pool what the owner put in (escrow, clearing, paid) or
-- everybody did (payable, returned); NULL where there is no floor. A pool's total is the newest seal's and what was posted since.
-- Whoever debits a pool by this holds the row under which it is debited, and asks in a statement of its own.
CREATE FUNCTION ledger_can_give_idr(p_owner bigint, p_account bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p_account > 0 THEN (SELECT available_idr FROM ledger_balance WHERE owner = p_account)
        WHEN -p_account % 10 IN (3, 5, 6) THEN (
            SELECT coalesce(sum(CASE p_account WHEN credit THEN amount_idr ELSE -amount_idr END), 0)
            FROM ledger_transfer
            WHERE owner = p_owner AND p_account IN (debit, credit)
        )
        WHEN -p_account % 10 IN (4, 7) THEN (
            SELECT coalesce(sum(CASE p_account WHEN credit THEN amount_idr ELSE -amount_idr END), 0)
            FROM ledger_transfer
            WHERE p_account IN (debit, credit) AND posting_date > coalesce((SELECT max(day) FROM ledger_seal), '-infinity')
        ) + coalesce((
            SELECT total_idr FROM ledger_seal_pool WHERE pool = p_account AND seal = (SELECT max(number) FROM ledger_seal)
        ), 0)
    END::bigint
$$;

-- Posts one transfer, or fails: for what follows from a transfer that a run posted in the same statement.
CREATE FUNCTION ledger_must_post(
    p_owner bigint, p_key text, p_debit bigint, p_credit bigint, p_amount_idr bigint, p_posting_date date, p_posted_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    refused text;
BEGIN
    SELECT refusal INTO refused FROM ledger_post(
        p_owner, p_key, p_debit, p_credit, p_amount_idr, p_posting_date, p_posted_at, NULL, NULL
    );
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION '% cannot be posted on account %: %', p_key, p_owner, refused USING ERRCODE = 'BK011';
    END IF;
END $$;
