-- How the ledger's keys name a payment and its result:
--   instalment:<number>/<occurrence>   sent to a person's channel; a next occurrence follows only a rejection
--   settle:<settlement>                sent to a provider's bank
-- and the same followed by what became of it: :paid or :rejected; of what was paid and came back, :bounced (from paid to clearing)
-- and then :rejected (from clearing to where it came from).

CREATE OR REPLACE FUNCTION payouts_instalment_key(number int, occurrence bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'instalment:' || number::text || '/' || occurrence::text
$$;

CREATE OR REPLACE FUNCTION payouts_settlement_key(settlement bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'settle:' || settlement::text
$$;

CREATE OR REPLACE FUNCTION payouts_result_key(key text, result text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT key || ':' || result
$$;

-- Whether a key is that of a payment or of its result.
CREATE OR REPLACE FUNCTION payouts_is_payment(key text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT starts_with(key, 'instalment:') OR starts_with(key, 'settle:')
$$;

-- Whether a key is that of any occurrence of an instalment or of its result.
CREATE OR REPLACE FUNCTION payouts_is_instalment(key text, number int) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT starts_with(key, 'instalment:' || number::text || '/')
$$;

-- What is paid, such as `instalment:3` or `settle:7`: every occurrence of it has this name.
CREATE OR REPLACE FUNCTION payouts_fact(key text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT split_part(key, ':', 1) || ':' || split_part(split_part(key, ':', 2), '/', 1)
$$;

-- Which occurrence, as the key writes it; the only one of a settlement is 1.
CREATE OR REPLACE FUNCTION payouts_occurrence(key text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN starts_with(key, 'instalment:') THEN split_part(split_part(key, ':', 2), '/', 2) ELSE '1' END
$$;

-- The result that a key says, such as `paid`; empty where it is the payment's own.
CREATE OR REPLACE FUNCTION payouts_result(key text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT split_part(key, ':', 3)
$$;
