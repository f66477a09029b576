-- The first staged names of providers that the catalogue does not know, in the order of their lines.
SELECT provider
FROM (
    SELECT DISTINCT ON (lower(staged.provider)) staged.provider, staged.line
    FROM catalogue_staged AS staged
    WHERE NOT EXISTS (SELECT FROM catalogue_provider AS known WHERE lower(known.name) = lower(staged.provider))
    ORDER BY lower(staged.provider), staged.line
) AS missing
ORDER BY line
LIMIT %(most)s
