-- Each person whose arm was drawn and who opened the dashboard: arm, outcomes, and what was known at the opening.
-- A training that was refunded was not bought in the end, but it was bought when the dashboard was opened before that.
SELECT assignment.arm,
    %(granted_idr)s - coalesce(sum(purchase.price_idr) FILTER (WHERE purchase.status = 'bought'), 0) AS unspent_idr,
    (count(paid.id) FILTER (WHERE purchase.status = 'bought') >= 2)::int AS second_purchase,
    (count(purchase.completed_at) > 0)::int AS completion,
    assignment.opened_balance_idr,
    count(paid.id) FILTER (WHERE purchase.bought_at <= assignment.opened_at) AS bought_before,
    count(*) FILTER (WHERE purchase.completed_at <= assignment.opened_at) AS completed_before
FROM recommender_assignment AS assignment
JOIN participants_enrolment AS enrolment ON enrolment.id = assignment.enrolment_id
LEFT JOIN purchases_purchase AS purchase ON purchase.enrolment_id = enrolment.id
LEFT JOIN purchases_paid AS paid ON paid.id = purchase.id
WHERE enrolment.wave_id = %(wave)s AND assignment.is_drawn AND assignment.opened_at IS NOT NULL
GROUP BY enrolment.id, assignment.enrolment_id
ORDER BY enrolment.id
