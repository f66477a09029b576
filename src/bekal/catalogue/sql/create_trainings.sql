-- Creates the trainings that the catalogue does not hold.
INSERT INTO catalogue_training (
    public_id, code, title, field, provider_id, platform_id, price_idr, description, hours, mode, seats, seats_left, is_open,
    created_at
)
SELECT gen_random_uuid(), staged.code, staged.title, staged.field, provider.id, platform.id, staged.price_idr,
    staged.description, staged.hours, staged.mode, staged.seats, staged.seats_left, true, %(now)s
FROM catalogue_staged AS staged
JOIN catalogue_provider AS provider ON lower(provider.name) = lower(staged.provider)
LEFT JOIN catalogue_platform AS platform ON lower(platform.name) = lower(staged.platform)
WHERE staged.id IS NULL
ORDER BY staged.line
