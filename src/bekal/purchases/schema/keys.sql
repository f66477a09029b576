-- How the ledger's keys name a purchase: its public id in 22 characters of base64url, as in purchases/keys.py.

CREATE OR REPLACE FUNCTION purchases_name(public_id uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT rtrim(translate(encode(uuid_send(public_id), 'base64'), '+/', '-_'), '=')
$$;

CREATE OR REPLACE FUNCTION purchases_public_id(name text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT encode(decode(translate(name, '-_', '+/') || '==', 'base64'), 'hex')::uuid
$$;
