-- Changes the trainings that the catalogue holds already, where something differs.
UPDATE catalogue_training AS training
SET title = staged.title, field = staged.field, platform_id = platform.id, price_idr = staged.price_idr,
    description = staged.description, hours = staged.hours, mode = staged.mode, seats = staged.seats,
    seats_left = staged.seats_left
FROM catalogue_staged AS staged
LEFT JOIN catalogue_platform AS platform ON lower(platform.name) = lower(staged.platform)
WHERE training.id = staged.id
  AND (training.title, training.field, training.platform_id, training.price_idr, training.description, training.hours,
       training.mode, training.seats, training.seats_left)
      IS DISTINCT FROM
      (staged.title, staged.field, platform.id, staged.price_idr, staged.description, staged.hours,
       staged.mode, staged.seats, staged.seats_left)
