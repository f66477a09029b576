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
