-- Posting days that were closed, and the seals of what they hold: docs/adr/0007-seals.md says why it is done this way.

ALTER TABLE ledger_closing ADD CONSTRAINT closing_one_row CHECK (id = 1);
INSERT INTO ledger_closing (id) VALUES (1);

-- What was sealed stays closed.
CREATE FUNCTION ledger_refuse_reopening() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sealed date := (SELECT max(day) FROM ledger_seal);
BEGIN
    IF sealed IS NOT NULL AND (NEW.through IS NULL OR NEW.through < sealed) THEN
        RAISE EXCEPTION 'day % was sealed and stays closed', sealed USING ERRCODE = 'BK009';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER closing_stays BEFORE UPDATE ON ledger_closing
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_reopening();
CREATE TRIGGER closing_never_deleted BEFORE DELETE ON ledger_closing
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER closing_never_truncated BEFORE TRUNCATE ON ledger_closing
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();

ALTER TABLE ledger_seal
    ADD CONSTRAINT seal_number_positive CHECK (number > 0),
    ADD CONSTRAINT seal_hash_sizes CHECK (
        octet_length(root) = 32 AND octet_length(pools_sha256) = 32 AND octet_length(previous) = 32 AND octet_length(hash) = 32
    );
CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE ON ledger_seal
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER seal_never_truncated BEFORE TRUNCATE ON ledger_seal
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER seal_block_append_only BEFORE UPDATE OR DELETE ON ledger_seal_block
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER seal_block_never_truncated BEFORE TRUNCATE ON ledger_seal_block
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER seal_pool_append_only BEFORE UPDATE OR DELETE ON ledger_seal_pool
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER seal_pool_never_truncated BEFORE TRUNCATE ON ledger_seal_pool
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();

-- What was posted since a day, without an index entry for each transfer: rows lie in the order in which they were posted.
CREATE INDEX transfer_posting_date ON ledger_transfer USING brin (posting_date) WITH (autosummarize = on);

-- Whether a posting date may no longer be used. The closer waits for every transaction that had its number before the day was
-- closed; so whoever asks must have a number already, from a row lock, and must see what was committed until now.
CREATE FUNCTION ledger_day_is_closed(p_day date) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the ledger is posted to at READ COMMITTED only' USING ERRCODE = 'BK010';
    END IF;
    RETURN coalesce(p_day <= (SELECT through FROM ledger_closing), false);
END $$;

-- Posts one transfer under the lock of its owner's row. The same key with the same content gives the first result again.
-- A refusal is a result, not an exception, so that the caller's transaction stays usable; nothing was written then:
--   unknown       no such owner
--   conflict      the key stands for other content
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
