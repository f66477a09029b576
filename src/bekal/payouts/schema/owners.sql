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
