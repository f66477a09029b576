-- Posting one transfer. Many at once: sql/post_many.sql, and for runs sql/post_chunk.sql.

-- Appends one transfer to its owner's chain. The caller holds the owner's balance row and has it in `b`, which comes back moved on.
CREATE OR REPLACE FUNCTION ledger_append(
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
--   conflict      the key was posted with other content
--   closed        a debit from a closed account, or a credit to one without a place to forward it
--   insufficient  not enough left; after_idr is what is available
--   day_closed    the posting date was closed
CREATE OR REPLACE FUNCTION ledger_post(
    p_owner bigint, p_key text, p_debit bigint, p_credit bigint, p_amount_idr bigint, p_posting_date date,
    p_posted_at timestamptz, p_run int, p_forward_to bigint,
    OUT sequence int, OUT after_idr bigint, OUT replayed boolean, OUT closed_on date, OUT refusal text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    b ledger_balance;
    earlier record;
BEGIN
    SELECT * INTO b FROM ledger_balance WHERE owner = p_owner FOR UPDATE;
    IF NOT FOUND THEN
        ledger_post.refusal := 'unknown';
        RETURN;
    END IF;
    ledger_post.closed_on := b.closed_on;

    -- The closed day is read along, in a statement after the row lock, as ledger_day_is_closed asks for.
    SELECT closing.through, transfer.sequence, transfer.after_idr, transfer.debit, transfer.credit, transfer.amount_idr
    INTO earlier
    FROM ledger_closing AS closing
    LEFT JOIN ledger_transfer AS transfer ON transfer.owner = p_owner AND transfer.key = p_key;
    IF earlier.sequence IS NOT NULL THEN
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
    IF p_posting_date <= earlier.through OR current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM ledger_day_is_closed(p_posting_date);
        ledger_post.refusal := 'day_closed';
        RETURN;
    ELSIF b.closed_on IS NOT NULL AND (p_debit = p_owner OR p_credit = p_owner AND p_forward_to IS NULL) THEN
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

-- Posts one transfer, or fails: for what follows from a transfer that a run posted in the same statement.
CREATE OR REPLACE FUNCTION ledger_must_post(
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
