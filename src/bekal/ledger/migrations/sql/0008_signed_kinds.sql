-- One signed kind of account, in Python and SQL alike, and the arithmetic of ids as functions that PostgreSQL writes into the
-- statement that calls them.

CREATE FUNCTION ledger_training(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT number * 10 + 1 $$;
CREATE FUNCTION ledger_incentive(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT number * 10 + 2 $$;
CREATE FUNCTION ledger_fund(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT number * 10 + 3 $$;
CREATE FUNCTION ledger_provider(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT number * 10 + 4 $$;
CREATE FUNCTION ledger_escrow(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT -number * 10 - 3 $$;
CREATE FUNCTION ledger_payable(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT -number * 10 - 4 $$;
CREATE FUNCTION ledger_clearing(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT -number * 10 - 5 $$;
CREATE FUNCTION ledger_paid(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT -number * 10 - 6 $$;
CREATE FUNCTION ledger_kind_of(account bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (account % 10)::int $$;
CREATE FUNCTION ledger_number_of(account bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT abs(account / 10) $$;

ALTER TABLE ledger_pool DROP CONSTRAINT pool_id_kind;
UPDATE ledger_pool SET kind = -kind;
ALTER TABLE ledger_pool ADD CONSTRAINT pool_id_kind CHECK (id < 0 AND id % 10 = kind AND kind BETWEEN -7 AND -1);
