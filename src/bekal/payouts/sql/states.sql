-- Every instalment of one enrolment, in the order of their numbers, by the rule of state.sql.
SELECT instalment.number, instalment.amount_idr, state.status, state.missing, state.due_on, instalment.last_day,
    state.rejected
FROM (
    SELECT listed.*, %(channels)s::text[] AS channels
    FROM jsonb_to_recordset(%(instalments)s::jsonb) AS listed (
        number int, amount_idr bigint, months int, last_day date, gates text[]
    )
) AS instalment
JOIN participants_enrolment AS enrolment ON enrolment.id = %(enrolment)s
{state}
ORDER BY instalment.number
