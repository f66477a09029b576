-- Every instalment of one enrolment, in the order of their numbers, by the rule of state.sql.
SELECT instalment.number, instalment.amount_idr, state.status, state.missing, state.due_on, instalment.last_day,
    state.rejected
FROM (
    SELECT number, amount_idr, months, last_day, string_to_array(gates, ',') AS gates, %(channels)s::text[] AS channels
    FROM unnest(
        %(numbers)s::int[], %(amounts_idr)s::bigint[], %(months)s::int[], %(last_days)s::date[], %(gates)s::text[]
    ) AS listed (number, amount_idr, months, last_day, gates)
) AS instalment
JOIN participants_enrolment AS enrolment ON enrolment.id = %(enrolment)s
{state}
ORDER BY instalment.number
