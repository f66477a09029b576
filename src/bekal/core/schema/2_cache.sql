-- The table of Django's cache in the database, as its `createcachetable` makes it.
CREATE TABLE IF NOT EXISTS core_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS core_cache_expires ON core_cache (expires);
