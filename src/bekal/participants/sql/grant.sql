-- Marks the enrolments to which a chunk of a grant gave their training balance, and tells their people. Their days for the first
-- purchase begin at once, but where the notice leaves by a gateway, whose word is waited for. Subqueries, not joins: whatever the
-- statistics say, each row is found by its key.
WITH granted AS (
    UPDATE participants_enrolment AS enrolment
    SET status = 'granted', first_purchase_by = CASE WHEN NOT EXISTS (
        SELECT FROM participants_participant AS person
        CROSS JOIN LATERAL messages_ways(person.user_id, '{topic}') AS way
        WHERE person.id = enrolment.participant_id AND person.user_id IS NOT NULL AND way.channel <> 'in_app'
    ) THEN least(%(posting_date)s::date + %(window_days)s::int - 1, %(spend_by)s::date) END
    WHERE enrolment.number = ANY (ARRAY(
        SELECT ledger_number_of(posted.owner)
        FROM ledger_posted_targets(%(run)s, %(low)s, %(high)s) AS posted
        WHERE posted.key = 'grant:training'
    ))
    RETURNING enrolment.id, enrolment.public_id, enrolment.first_purchase_by, (
        SELECT person.user_id FROM participants_participant AS person WHERE person.id = enrolment.participant_id
    ) AS recipient
), told AS (
    {notices} RETURNING id, channel, about
)
INSERT INTO participants_awaitednotice (enrolment_id, message_id, look_at)
SELECT granted.id, told.id, %(posted_at)s
FROM told JOIN granted ON granted.public_id = told.about
WHERE told.channel <> 'in_app'
