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
