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
