-- Every instalment of one enrolment, in the order of their numbers, by the rule of state.sql.
SELECT instalment.number, instalment.amount_idr, state.status, state.missing, state.due_on, instalment.last_day,
    state.rejected, latest.came_back_on, latest.reason, coalesce(latest.account_id = state.account, false)
FROM (
    SELECT listed.*, %(channels)s::text[] AS channels
    FROM jsonb_to_recordset(%(instalments)s::jsonb) AS listed (
        number int, amount_idr bigint, months int, last_day date, gates text[]
    )
) AS instalment
JOIN participants_enrolment AS enrolment ON enrolment.id = %(enrolment)s
{state}
-- The payment by which it was sent last, where that came back.
LEFT JOIN LATERAL (
    SELECT (coalesce(payment.bounced_at, payment.decided_at) AT TIME ZONE 'Asia/Jakarta')::date AS came_back_on, payment.reason,
        payment.account_id
    FROM payouts_payment AS payment
    WHERE payment.owner = ledger_incentive(enrolment.number)
      AND payment.key = payouts_instalment_key(instalment.number, state.rejected) AND payment.state IN ('rejected', 'bounced')
      AND state.status NOT IN ('paid', 'in_clearing', 'closed')
) AS latest ON true
ORDER BY instalment.number
