-- Of targets that could not be stored: an owner with two targets in one place, the smallest and largest bounds, and whether
-- one has no key at all.
SELECT min(owner) FILTER (WHERE targets > 1), min(smallest_idr), max(largest_idr), bool_or(is_nameless)
FROM (
    SELECT owner, count(*) AS targets, min(bound_idr) AS smallest_idr, max(bound_idr) AS largest_idr,
        bool_or(key IS NULL) AS is_nameless
    FROM ({targets}) AS target
    GROUP BY owner, place
) AS asked
