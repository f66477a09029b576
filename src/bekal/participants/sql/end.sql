-- Gives the enrolments whose accounts a chunk of a run has closed the status {status}, and bars their people from the programmes
-- that the run's parameter `bars` names. People are locked in one order, since another wave's run or an enrolment may want the
-- same ones. Arrays, not joins: whatever the statistics say, each row is found by its key.
WITH over AS (
    UPDATE participants_enrolment AS enrolment
    SET status = '{status}'
    WHERE enrolment.status = 'granted' AND enrolment.number = ANY (ARRAY(
        SELECT ledger_number_of(target.owner)
        FROM ledger_run_target AS target
        WHERE target.run = %(run)s AND target.owner > %(low)s AND target.owner <= %(high)s
          AND (SELECT balance.closed_on FROM ledger_balance AS balance WHERE balance.owner = target.owner) IS NOT NULL
    ))
    RETURNING enrolment.participant_id
), held AS (
    SELECT person.id
    FROM participants_participant AS person
    WHERE cardinality(%(bars)s::text[]) > 0 AND person.id = ANY (ARRAY(SELECT over.participant_id FROM over))
    ORDER BY person.id
    FOR NO KEY UPDATE
)
INSERT INTO participants_bar (participant_id, programmes, barred_on)
SELECT held.id, %(bars)s::text[], %(posting_date)s FROM held
ON CONFLICT (participant_id) DO UPDATE SET barred_on = EXCLUDED.barred_on, programmes = CASE
    WHEN participants_bar.programmes IS NOT NULL THEN ARRAY(
        SELECT DISTINCT code FROM unnest(participants_bar.programmes || EXCLUDED.programmes) AS either (code) ORDER BY code
    )
END
