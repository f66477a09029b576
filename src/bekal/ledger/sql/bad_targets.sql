-- Of targets that could not be stored: an owner with two targets in one place, and the smallest and largest bounds.
SELECT min(owner) FILTER (WHERE targets > 1), min(smallest_idr), max(largest_idr)
FROM (
    SELECT owner, count(*) AS targets, min(bound_idr) AS smallest_idr, max(bound_idr) AS largest_idr
    FROM ({targets}) AS target
    GROUP BY owner, place
) AS asked
