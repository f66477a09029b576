-- How far each instalment of each enrolment has come on a day. To be put after FROM ... with the aliases
--   instalment  number, amount_idr, months, last_day, gates text[], channels text[]: from the programme's definition
--   enrolment   a row of participants_enrolment
-- and gives `state`: one row for each pair. The day is {today}. A gate is open in time if it was opened by the last day.
CROSS JOIN LATERAL (
    SELECT
        first.completed_on, first.rated_on, first.completed_on + make_interval(months => instalment.months) AS due_at,
        account.id AS account, account.channel, holder.verified_on, sent.occurrences, sent.rejected, sent.came_back, sent.is_paid, balance.is_open
    FROM (SELECT ledger_incentive(enrolment.number) AS owner) AS incentive
    -- The training that was completed first, of those that the balance paid for.
    LEFT JOIN LATERAL (
        SELECT (purchase.completed_at AT TIME ZONE 'Asia/Jakarta')::date AS completed_on,
            (purchase.rated_at AT TIME ZONE 'Asia/Jakarta')::date AS rated_on
        FROM purchases_paid AS purchase
        WHERE purchase.enrolment_id = enrolment.id AND purchase.completed_at IS NOT NULL
        ORDER BY purchase.completed_at, purchase.id
        LIMIT 1
    ) AS first ON true
    -- A person who replaces a verified account by another one, after a rejection perhaps, has opened the gate with the earlier
    -- one.
    CROSS JOIN LATERAL (
        SELECT (min(known.verified_at) AT TIME ZONE 'Asia/Jakarta')::date AS verified_on
        FROM payouts_paymentaccount AS known
        WHERE known.participant_id = enrolment.participant_id
    ) AS holder
    LEFT JOIN payouts_paymentaccount AS account
        ON account.participant_id = enrolment.participant_id AND account.replaced_at IS NULL AND account.verified_at IS NOT NULL
        AND account.channel = ANY (instalment.channels)
    -- What the transfers that hold add up to: what was paid and bounced is not paid, and what a correction reversed did not happen.
    -- A key is used once all the same, so the next occurrence counts every rejection.
    CROSS JOIN LATERAL (
        SELECT
            count(*) FILTER (WHERE result = '') AS occurrences,
            count(*) FILTER (WHERE result = 'rejected') AS rejected,
            count(*) FILTER (WHERE result = 'rejected' AND holds) AS came_back,
            count(*) FILTER (WHERE result = 'paid' AND holds) > count(*) FILTER (WHERE result = 'bounced' AND holds) AS is_paid,
            count(*) FILTER (WHERE result = 'bounced' AND holds) > 0 AS has_bounced
        FROM (
            SELECT payouts_result(key) AS result, payouts_result(key) <> '' AND NOT ledger_is_undone(owner, sequence) AS holds
            FROM ledger_transfer
            WHERE owner = incentive.owner AND payouts_is_instalment(key, instalment.number)
        ) AS step
    ) AS sent
    -- What bounced stays its owner's, whatever became of the enrolment since.
    CROSS JOIN LATERAL (
        SELECT ledger_balance.closed_on IS NULL AND (
            sent.has_bounced OR enrolment.status IN ('granted', 'ended') AND NOT payouts_is_over(incentive.owner)
        ) AS is_open
        FROM ledger_balance WHERE ledger_balance.owner = incentive.owner
    ) AS balance
) AS fact
CROSS JOIN LATERAL (
    -- Without a completed training there is no day on which it falls due, without an account nowhere to pay to, whatever the
    -- gates.
    SELECT array_remove(ARRAY[
        CASE WHEN fact.completed_on IS NULL
            OR 'first_training_completed' = ANY (instalment.gates) AND fact.completed_on > instalment.last_day
            THEN 'first_training_completed' END,
        CASE WHEN 'first_training_rated' = ANY (instalment.gates)
            AND coalesce(fact.rated_on, 'infinity') > instalment.last_day
            THEN 'first_training_rated' END,
        CASE WHEN fact.account IS NULL
            OR 'payment_account_verified' = ANY (instalment.gates) AND fact.verified_on > instalment.last_day
            THEN 'payment_account_verified' END
    ], NULL) AS missing,
    {today} > instalment.last_day AND (
        'first_training_completed' = ANY (instalment.gates) AND coalesce(fact.completed_on, 'infinity') > instalment.last_day
        OR 'first_training_rated' = ANY (instalment.gates) AND coalesce(fact.rated_on, 'infinity') > instalment.last_day
        OR 'payment_account_verified' = ANY (instalment.gates) AND coalesce(fact.verified_on, 'infinity') > instalment.last_day
    ) AS is_lapsed
) AS gate
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN fact.is_paid THEN 'paid'
            WHEN fact.occurrences > fact.came_back THEN 'in_clearing'
            WHEN NOT fact.is_open THEN 'closed'
            WHEN gate.is_lapsed THEN 'lapsed'
            WHEN cardinality(gate.missing) > 0 THEN 'waiting'
            WHEN fact.due_at > {today} THEN 'not_due'
            -- Found on a list since the person was accepted, and not cleared by a case.
            WHEN EXISTS (
                SELECT FROM participants_screeninghit AS hit
                WHERE hit.participant_id = enrolment.participant_id AND hit.wave_id = enrolment.wave_id AND hit.state <> 'cleared'
            ) THEN 'withheld'
            ELSE 'payable'
        END AS status,
        gate.missing, fact.due_at::date AS due_on, fact.account, fact.channel, fact.rejected,
        payouts_instalment_key(instalment.number, fact.rejected + 1) AS key
) AS state
