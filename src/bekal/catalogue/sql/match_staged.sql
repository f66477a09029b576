-- Finds and locks the staged trainings that the catalogue holds already. The order of the locks is the same for all bulk writers.
UPDATE catalogue_staged AS staged
SET id = old.id,
    owner = old.owner,
    old_price_idr = old.price_idr,
    taken = old.taken,
    field = CASE WHEN 'field' = ANY (%(given)s::text[]) THEN staged.field ELSE old.field END,
    platform = CASE WHEN 'platform' = ANY (%(given)s::text[]) THEN staged.platform ELSE old.platform END,
    description = CASE WHEN 'description' = ANY (%(given)s::text[]) THEN staged.description ELSE old.description END,
    hours = CASE WHEN 'hours' = ANY (%(given)s::text[]) THEN staged.hours ELSE old.hours END,
    mode = CASE WHEN 'mode' = ANY (%(given)s::text[]) THEN staged.mode ELSE old.mode END,
    seats = CASE WHEN 'seats' = ANY (%(given)s::text[]) THEN staged.seats ELSE old.seats END,
    seats_left = CASE WHEN 'seats' = ANY (%(given)s::text[]) THEN staged.seats - old.taken ELSE old.seats_left END
FROM (
    SELECT training.*, provider.name AS owner, coalesce(platform.name, '') AS platform,
        coalesce(training.seats - training.seats_left, 0) AS taken
    FROM catalogue_training AS training
    JOIN catalogue_provider AS provider ON provider.id = training.provider_id
    LEFT JOIN catalogue_platform AS platform ON platform.id = training.platform_id
    WHERE training.code IN (SELECT code FROM catalogue_staged)
    ORDER BY training.id
    FOR NO KEY UPDATE OF training
) AS old
WHERE old.code = staged.code
