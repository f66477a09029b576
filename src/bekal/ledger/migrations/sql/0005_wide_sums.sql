-- Accounts: the arithmetic of their ids (accounts.py does the same in Python), and what a balance and a pool must hold.

CREATE SEQUENCE IF NOT EXISTS ledger_number MINVALUE 1 START 1;

-- PostgreSQL writes these into the statement that calls them, so that an index on an account's id serves them too.
CREATE OR REPLACE FUNCTION ledger_training(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN number * 10 + 1;
CREATE OR REPLACE FUNCTION ledger_incentive(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN number * 10 + 2;
CREATE OR REPLACE FUNCTION ledger_fund(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN number * 10 + 3;
CREATE OR REPLACE FUNCTION ledger_provider(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN number * 10 + 4;
CREATE OR REPLACE FUNCTION ledger_escrow(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN -number * 10 - 3;
CREATE OR REPLACE FUNCTION ledger_payable(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN -number * 10 - 4;
CREATE OR REPLACE FUNCTION ledger_clearing(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN -number * 10 - 5;
CREATE OR REPLACE FUNCTION ledger_paid(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN -number * 10 - 6;
CREATE OR REPLACE FUNCTION ledger_kind_of(account bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (account % 10)::int;
CREATE OR REPLACE FUNCTION ledger_number_of(account bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN abs(account / 10);

-- Fails as a CHECK of its own would, with the rule's name. One function for each table holds all of its rules: PostgreSQL reads the
-- text of every CHECK again for each statement, and eleven short ones took a third of the time of posting.
CREATE OR REPLACE FUNCTION ledger_refuse_row(p_table text, p_rule text) RETURNS void LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RAISE check_violation USING
        MESSAGE = format('new row for relation "%s" violates check constraint "%s"', p_table, p_rule),
        TABLE = p_table, CONSTRAINT = p_rule;
END $$;

CREATE OR REPLACE FUNCTION ledger_balance_is_sound(owner bigint, available_idr bigint, closed_on date, head bytea) RETURNS boolean
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

ALTER TABLE ledger_balance
    DROP CONSTRAINT IF EXISTS balance_sound,
    ADD CONSTRAINT balance_sound CHECK (ledger_balance_is_sound(owner, available_idr, closed_on, head));

-- A run changes every row of a page at once: with half of it free, each new version stays on its page and no index changes.
ALTER TABLE ledger_balance SET (fillfactor = 50);

ALTER TABLE ledger_pool
    DROP CONSTRAINT IF EXISTS pool_id_kind,
    ADD CONSTRAINT pool_id_kind CHECK (id < 0 AND id % 10 = kind AND kind BETWEEN -7 AND -1);

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

-- The hash chain: SHA-256 of the owner's previous hash and the transfer's own fields, big-endian. docs/ledger.md has the bytes.

-- STABLE, not IMMUTABLE: `convert_to` is STABLE, and PostgreSQL writes a function into the statement that calls it only where it is
-- no stricter than what it calls. A call of its own for every row took three quarters of the time of hashing.
CREATE OR REPLACE FUNCTION ledger_hash(
    previous bytea, owner bigint, sequence int, debit bigint, credit bigint, amount_idr bigint, after_idr bigint,
    posting_date date, posted_at timestamptz, run int, key text
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(
        previous || int8send(owner) || int4send(sequence) || int8send(debit) || int8send(credit) || int8send(amount_idr)
        || int8send(after_idr) || date_send(posting_date) || timestamptz_send(posted_at) || int4send(coalesce(run, 0))
        || convert_to(key, 'UTF8')
    )
$$;

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

-- Posting days: which are closed, and the seals of what they hold. docs/adr/0007-seals.md says why it is done this way.

ALTER TABLE ledger_closing
    DROP CONSTRAINT IF EXISTS closing_one_row,
    ADD CONSTRAINT closing_one_row CHECK (id = 1);
INSERT INTO ledger_closing (id) VALUES (1) ON CONFLICT DO NOTHING;

-- What was sealed stays closed.
CREATE OR REPLACE FUNCTION ledger_refuse_reopening() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sealed date := (SELECT max(day) FROM ledger_seal);
BEGIN
    IF sealed IS NOT NULL AND (NEW.through IS NULL OR NEW.through < sealed) THEN
        RAISE EXCEPTION 'day % was sealed and stays closed', sealed USING ERRCODE = 'BK009';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER closing_stays BEFORE UPDATE ON ledger_closing
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_reopening();

-- Whether a posting date may no longer be used. The closer waits for every transaction that had its number before the day was
-- closed; so the caller must have a number already, from a row lock, and must see what was committed until now.
CREATE OR REPLACE FUNCTION ledger_day_is_closed(p_day date) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the ledger is posted to at READ COMMITTED only' USING ERRCODE = 'BK010';
    END IF;
    RETURN coalesce(p_day <= (SELECT through FROM ledger_closing), false);
END $$;

ALTER TABLE ledger_seal
    DROP CONSTRAINT IF EXISTS seal_number_positive,
    ADD CONSTRAINT seal_number_positive CHECK (number > 0),
    DROP CONSTRAINT IF EXISTS seal_hash_sizes,
    ADD CONSTRAINT seal_hash_sizes CHECK (
        octet_length(root) = 32 AND octet_length(pools_sha256) = 32 AND octet_length(previous) = 32 AND octet_length(hash) = 32
    );

-- What was posted since a day, without an index entry for each transfer: rows lie in the order in which they were posted.
CREATE INDEX IF NOT EXISTS transfer_posting_date ON ledger_transfer USING brin (posting_date) WITH (autosummarize = on);

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

-- Runs: what a target must hold, and what the SQL of a kind may ask. docs/runs.md is the contract.

ALTER TABLE ledger_run_target
    DROP CONSTRAINT IF EXISTS run_target_bound_not_negative,
    ADD CONSTRAINT run_target_bound_not_negative CHECK (bound_idr >= 0),
    DROP CONSTRAINT IF EXISTS run_target_place,
    ADD CONSTRAINT run_target_place CHECK (place BETWEEN 1 AND 99);

-- The targets of a run, of owners in (low, high], that this run has posted, with what was posted. A target that was posted before
-- by another run, or skipped, or closed without an amount, is not among them. Each transfer is found by its key, whatever the
-- statistics say.
CREATE OR REPLACE FUNCTION ledger_posted_targets(p_run int, p_low bigint, p_high bigint) RETURNS TABLE (
    owner bigint, place smallint, debit bigint, credit bigint, key text, amount_idr bigint, sequence int
) LANGUAGE sql STABLE AS $$
    SELECT target.owner, target.place, target.debit, target.credit, target.key, transfer.amount_idr, transfer.sequence
    FROM ledger_run_target AS target
    CROSS JOIN LATERAL (
        SELECT found.run, found.amount_idr, found.sequence
        FROM ledger_transfer AS found
        WHERE found.owner = target.owner AND found.key = target.key
        LIMIT 1
    ) AS transfer
    WHERE target.run = p_run AND target.owner > p_low AND target.owner <= p_high AND transfer.run = p_run
$$;

-- What was written stays: transfers, frozen targets, skips and seals are never changed, balances and closings never deleted.

CREATE OR REPLACE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER transfer_never_truncated BEFORE TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();

CREATE OR REPLACE TRIGGER balance_never_deleted BEFORE DELETE ON ledger_balance
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER balance_never_truncated BEFORE TRUNCATE ON ledger_balance
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();

CREATE OR REPLACE TRIGGER run_target_frozen BEFORE UPDATE OR DELETE ON ledger_run_target
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER run_target_never_truncated BEFORE TRUNCATE ON ledger_run_target
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER run_skip_append_only BEFORE UPDATE OR DELETE ON ledger_run_skip
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER run_skip_never_truncated BEFORE TRUNCATE ON ledger_run_skip
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();

CREATE OR REPLACE TRIGGER closing_never_deleted BEFORE DELETE ON ledger_closing
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER closing_never_truncated BEFORE TRUNCATE ON ledger_closing
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();

CREATE OR REPLACE TRIGGER seal_append_only BEFORE UPDATE OR DELETE ON ledger_seal
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER seal_never_truncated BEFORE TRUNCATE ON ledger_seal
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER seal_block_append_only BEFORE UPDATE OR DELETE ON ledger_seal_block
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER seal_block_never_truncated BEFORE TRUNCATE ON ledger_seal_block
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER seal_pool_append_only BEFORE UPDATE OR DELETE ON ledger_seal_pool
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER seal_pool_never_truncated BEFORE TRUNCATE ON ledger_seal_pool
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();

-- Corrections: which transfers still hold.

-- Whether a transfer was reversed by a correction that was not itself reversed. What a fact has come to is what its transfers that
-- hold add up to, never that one of them exists.
CREATE OR REPLACE FUNCTION ledger_is_undone(p_owner bigint, p_sequence int) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN coalesce((
        SELECT NOT ledger_is_undone(correction.owner, correction.sequence)
        FROM ledger_transfer AS correction
        WHERE correction.owner = p_owner AND correction.key = 'correct:' || p_sequence::text
    ), false);
END $$;
