-- What a row of the ledger must hold, as one function for each table: PostgreSQL reads the text of every CHECK again for each
-- statement, and eleven short ones took a third of the time of posting. The functions name the rule that is broken.

CREATE FUNCTION ledger_transfer_is_sound(
    owner bigint, debit bigint, credit bigint, amount_idr bigint, after_idr bigint, key text, hash bytea
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    flow_exists boolean := CASE debit % 10
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
        END;
    -- A guarded account moves only in transfers that it owns, so no transfer touches two of them.
    one_guarded boolean := debit <> credit AND (debit < 0 OR debit = owner) AND (credit < 0 OR credit = owner);
    key_plain boolean := key <> '' AND octet_length(key) <= 100;
BEGIN
    IF flow_exists AND one_guarded AND key_plain AND amount_idr > 0 AND after_idr >= 0 AND octet_length(hash) = 32 THEN
        RETURN true;
    END IF;
    PERFORM ledger_refuse_row('ledger_transfer', CASE
        WHEN after_idr < 0 THEN 'transfer_after_not_negative'
        WHEN amount_idr <= 0 THEN 'transfer_amount_positive'
        WHEN NOT flow_exists THEN 'transfer_flow_exists'
        WHEN octet_length(hash) <> 32 THEN 'transfer_hash_size'
        WHEN NOT key_plain THEN 'transfer_key_plain'
        ELSE 'transfer_one_guarded'
    END);
    RETURN false;
END $$;

CREATE FUNCTION ledger_balance_is_sound(owner bigint, available_idr bigint, closed_on date, head bytea) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF available_idr >= 0 AND (closed_on IS NULL OR available_idr = 0) AND octet_length(head) = 32
        AND owner > 0 AND owner % 10 BETWEEN 1 AND 4 AND (owner % 10 <> 4 OR available_idr = 0)
    THEN
        RETURN true;
    END IF;
    PERFORM ledger_refuse_row('ledger_balance', CASE
        WHEN closed_on IS NOT NULL AND available_idr <> 0 THEN 'balance_closed_empty'
        WHEN octet_length(head) <> 32 THEN 'balance_head_size'
        WHEN available_idr < 0 THEN 'balance_never_negative'
        WHEN owner <= 0 OR owner % 10 NOT BETWEEN 1 AND 4 THEN 'balance_owner_kind'
        ELSE 'balance_provider_empty'
    END);
    RETURN false;
END $$;

CREATE FUNCTION ledger_refuse_row(p_table text, p_rule text) RETURNS void LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RAISE check_violation USING
        MESSAGE = format('new row for relation "%s" violates check constraint "%s"', p_table, p_rule),
        TABLE = p_table, CONSTRAINT = p_rule;
END $$;

ALTER TABLE ledger_transfer
    DROP CONSTRAINT transfer_one_guarded,
    DROP CONSTRAINT transfer_flow_exists,
    DROP CONSTRAINT transfer_key_plain,
    DROP CONSTRAINT transfer_hash_size,
    ADD CONSTRAINT transfer_sound
        CHECK (ledger_transfer_is_sound(owner, debit, credit, amount_idr, after_idr, key, hash));
ALTER TABLE ledger_balance
    DROP CONSTRAINT balance_owner_kind,
    DROP CONSTRAINT balance_provider_empty,
    DROP CONSTRAINT balance_closed_empty,
    DROP CONSTRAINT balance_head_size,
    ADD CONSTRAINT balance_sound CHECK (ledger_balance_is_sound(owner, available_idr, closed_on, head));
DROP FUNCTION ledger_flow_exists;
