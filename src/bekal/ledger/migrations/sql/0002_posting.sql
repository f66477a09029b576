-- The rules that the database itself keeps, and the one function that posts one transfer.

CREATE SEQUENCE ledger_number MINVALUE 1 START 1;

ALTER TABLE ledger_balance SET (fillfactor = 70);
ALTER TABLE ledger_balance
    ADD CONSTRAINT balance_owner_kind CHECK (owner > 0 AND owner % 10 BETWEEN 1 AND 4),
    ADD CONSTRAINT balance_provider_empty CHECK (owner % 10 <> 4 OR available_idr = 0),
    ADD CONSTRAINT balance_closed_empty CHECK (closed_on IS NULL OR available_idr = 0),
    ADD CONSTRAINT balance_head_size CHECK (octet_length(head) = 32);

ALTER TABLE ledger_pool
    ADD CONSTRAINT pool_id_kind CHECK (id < 0 AND id % 10 = -kind AND kind BETWEEN 1 AND 7);

-- A guarded account moves only in transfers that it owns, so no transfer touches two of them. Between two pools the flow says
-- what kind of owner it has: see ledger/accounts.py. A provider's row and pools share a number, so payable is -owner and escrow - 1.
ALTER TABLE ledger_transfer
    ADD CONSTRAINT transfer_one_guarded CHECK (
        debit <> credit AND (debit < 0 OR debit = owner) AND (credit < 0 OR credit = owner)
    ),
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
    ),
    ADD CONSTRAINT transfer_key_plain CHECK (key <> '' AND octet_length(key) <= 100),
    ADD CONSTRAINT transfer_hash_size CHECK (octet_length(hash) = 32);

CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER transfer_never_truncated BEFORE TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
ALTER TABLE ledger_run_target ADD CONSTRAINT run_target_bound_not_negative CHECK (bound_idr >= 0);

CREATE TRIGGER run_target_frozen BEFORE UPDATE OR DELETE ON ledger_run_target
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER run_target_never_truncated BEFORE TRUNCATE ON ledger_run_target
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER run_skip_append_only BEFORE UPDATE OR DELETE ON ledger_run_skip
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER run_skip_never_truncated BEFORE TRUNCATE ON ledger_run_skip
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER balance_never_deleted BEFORE DELETE ON ledger_balance
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER balance_never_truncated BEFORE TRUNCATE ON ledger_balance
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();

-- SHA-256 of the owner's previous hash and the transfer's own fields, big-endian: docs/ledger.md describes the bytes.
CREATE FUNCTION ledger_hash(
    previous bytea, owner bigint, sequence int, debit bigint, credit bigint, amount_idr bigint, after_idr bigint,
    posting_date date, posted_at timestamptz, run int, key text
) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(
        previous || int8send(owner) || int4send(sequence) || int8send(debit) || int8send(credit) || int8send(amount_idr)
        || int8send(after_idr) || date_send(posting_date) || timestamptz_send(posted_at) || int4send(coalesce(run, 0))
        || convert_to(key, 'UTF8')
    )
$$;

-- Appends one transfer to its owner's chain. The caller holds the owner's balance row and has it in `b`, which comes back moved on.
CREATE FUNCTION ledger_append(
    INOUT b ledger_balance, p_key text, p_debit bigint, p_credit bigint, p_amount_idr bigint, p_posting_date date,
    p_posted_at timestamptz, p_run int
) LANGUAGE plpgsql AS $$
BEGIN
    b.available_idr := b.available_idr
        + CASE b.owner WHEN p_credit THEN p_amount_idr WHEN p_debit THEN -p_amount_idr ELSE 0 END;
    b.sequence := b.sequence + 1;
    b.head := ledger_hash(
        b.head, b.owner, b.sequence, p_debit, p_credit, p_amount_idr, b.available_idr, p_posting_date, p_posted_at, p_run, p_key
    );
    INSERT INTO ledger_transfer (
        owner, debit, credit, amount_idr, after_idr, posted_at, sequence, posting_date, run, key, hash
    ) VALUES (
        b.owner, p_debit, p_credit, p_amount_idr, b.available_idr, p_posted_at, b.sequence, p_posting_date, p_run, p_key, b.head
    );
END $$;

-- Posts one transfer under the lock of its owner's row. The same key with the same content gives the first result again.
-- A refusal is a result, not an exception, so that the caller's transaction stays usable; nothing was written then:
--   unknown       no such owner
--   conflict      the key stands for other content
--   closed        a debit from a closed account, or a credit to one without a place to forward it
--   insufficient  not enough left; after_idr is what is available
CREATE FUNCTION ledger_post(
    p_owner bigint, p_key text, p_debit bigint, p_credit bigint, p_amount_idr bigint, p_posting_date date,
    p_posted_at timestamptz, p_run int, p_forward_to bigint,
    OUT sequence int, OUT after_idr bigint, OUT replayed boolean, OUT closed_on date, OUT refusal text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    b ledger_balance;
    earlier ledger_transfer;
BEGIN
    SELECT * INTO b FROM ledger_balance WHERE owner = p_owner FOR UPDATE;
    IF NOT FOUND THEN
        ledger_post.refusal := 'unknown';
        RETURN;
    END IF;
    ledger_post.closed_on := b.closed_on;

    SELECT * INTO earlier FROM ledger_transfer WHERE owner = p_owner AND key = p_key;
    IF FOUND THEN
        ledger_post.sequence := earlier.sequence;
        ledger_post.after_idr := earlier.after_idr;
        ledger_post.replayed := true;
        IF (earlier.debit, earlier.credit, earlier.amount_idr) <> (p_debit, p_credit, p_amount_idr) THEN
            ledger_post.refusal := 'conflict';
        END IF;
        RETURN;
    END IF;

    ledger_post.after_idr := b.available_idr;
    ledger_post.replayed := false;
    IF b.closed_on IS NOT NULL AND (p_debit = p_owner OR p_credit = p_owner AND p_forward_to IS NULL) THEN
        ledger_post.refusal := 'closed';
        RETURN;
    ELSIF p_debit = p_owner AND b.available_idr < p_amount_idr THEN
        ledger_post.refusal := 'insufficient';
        RETURN;
    END IF;

    b := ledger_append(b, p_key, p_debit, p_credit, p_amount_idr, p_posting_date, p_posted_at, p_run);
    ledger_post.sequence := b.sequence;
    ledger_post.after_idr := b.available_idr;
    IF p_credit = p_owner AND b.closed_on IS NOT NULL THEN
        b := ledger_append(
            b, 'forward:' || p_key, p_owner, p_forward_to, p_amount_idr, p_posting_date, p_posted_at, p_run
        );
    END IF;
    UPDATE ledger_balance
    SET available_idr = b.available_idr, sequence = b.sequence, head = b.head
    WHERE owner = p_owner;
END $$;
