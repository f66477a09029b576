-- Buying in two statements: what the rules ask, and the payment. Rows are found by key whatever the statistics say: a session that
-- planned while hardly anything was bought would read whole tables for as long as it lives.

-- Everything that the rules of a purchase ask; `facts` is all of it that must still hold when it is paid for. No row where the
-- account, the enrolment or the training does not exist.
CREATE OR REPLACE FUNCTION purchases_look(
    p_account bigint, p_enrolment bigint, p_training bigint, p_request_key uuid,
    OUT facts text, OUT available_idr bigint, OUT status text, OUT is_open boolean, OUT price_idr bigint, OUT seats_left int,
    OUT provider bigint, OUT earlier bigint, OUT has_bought boolean, OUT is_owned boolean
) RETURNS SETOF record LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT
        ROW(
            found.sequence, found.available_idr, found.status, found.is_open, found.price_idr, found.provider, found.earlier,
            found.has_bought, found.is_owned
        )::text,
        found.available_idr, found.status, found.is_open, found.price_idr, found.seats_left, found.provider, found.earlier,
        found.has_bought, found.is_owned
    FROM (
        SELECT
            balance.sequence, CASE WHEN balance.closed_on IS NULL THEN balance.available_idr END AS available_idr,
            enrolment.status::text, training.is_open, training.price_idr, training.seats_left, provider.number AS provider,
            (
                SELECT own.id FROM purchases_purchase AS own
                WHERE own.enrolment_id = p_enrolment AND own.request_key = p_request_key
            ) AS earlier,
            EXISTS (SELECT FROM purchases_purchase AS own WHERE own.enrolment_id = p_enrolment AND own.price_idr > 0) AS has_bought,
            EXISTS (
                SELECT FROM purchases_purchase AS own
                WHERE own.enrolment_id = p_enrolment AND own.training_id = p_training AND own.status = 'bought'
            ) AS is_owned
        FROM ledger_balance AS balance
        CROSS JOIN participants_enrolment AS enrolment
        CROSS JOIN catalogue_training AS training
        JOIN catalogue_provider AS provider ON provider.id = training.provider_id
        WHERE balance.owner = p_account AND enrolment.id = p_enrolment AND training.id = p_training
    ) AS found;
END $$;

-- Pays for a purchase and keeps it, under the lock of the training account. Nothing is written, and there is no id, where something
-- that was judged has changed, or where the posting date was closed.
CREATE OR REPLACE FUNCTION purchases_pay(
    p_account bigint, p_enrolment bigint, p_training bigint, p_request_key uuid, p_facts text, p_public_id uuid,
    p_redeem_code text, p_key text, p_escrow bigint, p_price_idr bigint, p_day date, p_now timestamptz,
    OUT id bigint, OUT is_closed_day boolean
) LANGUAGE plpgsql AS $$
DECLARE
    refused text;
BEGIN
    is_closed_day := false;
    PERFORM FROM ledger_balance WHERE owner = p_account FOR UPDATE;
    PERFORM FROM purchases_look(p_account, p_enrolment, p_training, p_request_key) AS now WHERE now.facts = p_facts;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF p_price_idr > 0 THEN
        SELECT refusal INTO refused
        FROM ledger_post(p_account, p_key, p_account, p_escrow, p_price_idr, p_day, p_now, NULL, NULL);
        IF refused = 'day_closed' THEN
            is_closed_day := true;
            RETURN;
        ELSIF refused IS NOT NULL THEN
            RAISE EXCEPTION 'a purchase that every rule allows was refused: %', refused;
        END IF;
    END IF;
    INSERT INTO purchases_purchase (
        public_id, enrolment_id, training_id, price_idr, request_key, redeem_code, status, bought_at, released_idr, review
    ) VALUES (
        p_public_id, p_enrolment, p_training, p_price_idr, p_request_key, p_redeem_code, 'bought', p_now, 0, ''
    ) RETURNING purchases_purchase.id INTO id;
END $$;
