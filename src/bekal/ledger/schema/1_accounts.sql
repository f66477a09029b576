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
