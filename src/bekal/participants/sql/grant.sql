-- Marks the enrolments to which a chunk of a grant gave their training balance.
UPDATE participants_enrolment AS enrolment
SET status = 'granted'
WHERE enrolment.number = ANY (ARRAY(
    SELECT ledger_number_of(transfer.owner)
    FROM ledger_transfer AS transfer
    WHERE transfer.owner > %(low)s AND transfer.owner <= %(high)s AND transfer.key = 'grant:training' AND transfer.run = %(run)s
))
