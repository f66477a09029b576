-- Flows: which transfers there can be. The only statement of it; docs/ledger.md explains it, tests/ledger/test_flows.py tries all.

-- Between two pools the flow says what kind of owner it has: see accounts.py. A provider's row and its pools share a number, so
-- payable is -owner, and escrow is payable + 1; of a bank channel, clearing is paid + 1.
CREATE OR REPLACE FUNCTION ledger_transfer_is_sound(
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
            WHEN -6 THEN credit = debit + 1 AND owner % 10 IN (2, 4)  -- paid -> the same channel's clearing (bounced)
            WHEN 2 THEN credit % 10 IN (-5, -7)             -- incentive -> clearing, returned
            WHEN -7 THEN                                    -- returned  -> treasury, granting (won appeal)
                (credit = -1 OR credit % 10 = -2) AND owner % 10 = 3
            ELSE false
        END
        -- A correction reverses a flow that otherwise has no way back.
        OR starts_with(key, 'correct:') AND CASE debit % 10
            WHEN 3 THEN credit = -1                         -- a funding
            WHEN -4 THEN credit = debit + 1 AND owner % 10 = 1  -- a release to the provider
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

ALTER TABLE ledger_transfer
    DROP CONSTRAINT IF EXISTS transfer_sound,
    ADD CONSTRAINT transfer_sound CHECK (ledger_transfer_is_sound(owner, debit, credit, amount_idr, after_idr, key, hash));
