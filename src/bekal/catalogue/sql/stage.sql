-- The table into which trainings are copied, for one transaction.
DROP TABLE IF EXISTS pg_temp.catalogue_staged;
CREATE TEMPORARY TABLE catalogue_staged (
    line bigint NOT NULL,
    code text NOT NULL,
    title text NOT NULL,
    provider text NOT NULL,
    price_idr bigint NOT NULL,
    field text NOT NULL,
    platform text NOT NULL,
    description text NOT NULL,
    hours int,
    mode text NOT NULL,
    seats int,
    seats_left int,
    id bigint,
    owner text,
    old_price_idr bigint,
    taken int
) ON COMMIT DROP
