-- Marks the enrolments to which a chunk of a grant gave their training balance.
UPDATE participants_enrolment AS enrolment
SET status = 'granted'
WHERE enrolment.number = ANY (ARRAY(
    SELECT ledger_number_of(posted.owner)
    FROM ledger_posted_targets(%(run)s, %(low)s, %(high)s) AS posted
    WHERE posted.key = 'grant:training'
))
