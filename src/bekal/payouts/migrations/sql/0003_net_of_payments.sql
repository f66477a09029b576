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

-- Each decision to pay the providers has a number of its own.
CREATE SEQUENCE IF NOT EXISTS payouts_settlement_number MINVALUE 1 START 1;

-- Whether an incentive account is over: closed, or reopened only for what bounced. It gave back what it held and was granted nothing
-- since; what bounced is still its owner's, and nothing else is.
CREATE OR REPLACE FUNCTION payouts_is_over(p_owner bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT balance.closed_on IS NOT NULL OR EXISTS (
        SELECT FROM ledger_transfer AS back
        WHERE back.owner = p_owner AND back.key = 'return:incentive' AND NOT ledger_is_undone(back.owner, back.sequence)
          AND NOT EXISTS (
            SELECT FROM ledger_transfer AS later
            WHERE later.owner = p_owner AND later.sequence > back.sequence AND ledger_kind_of(later.debit) = -2
          )
    )
    FROM ledger_balance AS balance
    WHERE balance.owner = p_owner
$$;

-- Whether some occurrence of what a key names was paid and came back.
CREATE OR REPLACE FUNCTION payouts_has_bounced(p_owner bigint, p_key text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM ledger_transfer AS bounced
        WHERE bounced.owner = p_owner AND payouts_is_payment(bounced.key) AND payouts_fact(bounced.key) = payouts_fact(p_key)
          AND payouts_result(bounced.key) = 'bounced' AND NOT ledger_is_undone(bounced.owner, bounced.sequence)
    )
$$;
