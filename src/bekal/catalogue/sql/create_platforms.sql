-- Creates the platforms that the catalogue does not know, in the order of their lines.
INSERT INTO catalogue_platform (public_id, name)
SELECT gen_random_uuid(), platform
FROM (
    SELECT DISTINCT ON (lower(staged.platform)) staged.platform, staged.line
    FROM catalogue_staged AS staged
    WHERE staged.platform <> ''
      AND NOT EXISTS (SELECT FROM catalogue_platform AS known WHERE lower(known.name) = lower(staged.platform))
    ORDER BY lower(staged.platform), staged.line
) AS missing
ORDER BY line
