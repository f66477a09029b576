-- Buying: what the rules ask, and the payment.

-- The purchases that a balance paid for, whatever became of them: a free training secures no participation and opens no gate of an
-- instalment.
CREATE OR REPLACE VIEW purchases_paid AS
    SELECT id, public_id, enrolment_id, training_id, price_idr, status, bought_at, completed_at, rated_at, released_idr,
        protects_until
    FROM purchases_purchase
    WHERE price_idr > 0;

-- What secures an enrolment's participation, of a wave with these last days. `has_bought`: it has a training that its balance paid
-- for; or one was cancelled so late that the end of spending cut short the days to buy another, which is nobody's fault.
-- `first_purchase_by` is the person's own last day to buy one: the enrolment's, or that of the days that a cancellation gave; none
-- where neither runs yet.
CREATE OR REPLACE FUNCTION purchases_security(p_enrolment bigint, p_first_purchase_by date, p_spend_by date) RETURNS TABLE (
    has_bought boolean, first_purchase_by date, was_cancelled boolean
) LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT
        coalesce(bool_or(paid.status = 'bought') OR max(paid.protects_until) > p_spend_by, false),
        -- Days beyond the end of spending count as bought.
        greatest(p_first_purchase_by, max(paid.protects_until)),
        max(paid.protects_until) IS NOT NULL
    FROM purchases_paid AS paid
    WHERE paid.enrolment_id = p_enrolment
$$;

-- Everything that the rules of a purchase ask, as `Facts` in purchases/rules.py holds it, with the numbers of the accounts
-- between which the price moves. No row where the enrolment or the training does not exist. PostgreSQL writes it into the
-- statement that calls it, for one purchase or for many.
CREATE OR REPLACE FUNCTION purchases_facts(p_enrolment bigint, p_training bigint) RETURNS TABLE (
    number bigint, provider bigint, sequence int, status text, available_idr bigint, has_bought boolean, first_purchase_by date,
    spend_by date, is_owned boolean, is_open boolean, price_idr bigint, seats_left int
) LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT
        enrolment.number, provider.number, balance.sequence, enrolment.status::text,
        CASE WHEN balance.closed_on IS NULL THEN balance.available_idr END,
        security.has_bought, security.first_purchase_by, wave.spend_by,
        (
            SELECT own.id FROM purchases_purchase AS own
            WHERE own.enrolment_id = p_enrolment AND own.training_id = p_training AND own.status = 'bought'
        ) IS NOT NULL,
        training.is_open, training.price_idr, training.seats_left
    FROM participants_enrolment AS enrolment
    JOIN programmes_wave AS wave ON wave.id = enrolment.wave_id
    JOIN ledger_balance AS balance ON balance.owner = ledger_training(enrolment.number)
    CROSS JOIN catalogue_training AS training
    JOIN catalogue_provider AS provider ON provider.id = training.provider_id
    CROSS JOIN LATERAL purchases_security(enrolment.id, enrolment.first_purchase_by, wave.spend_by) AS security
    WHERE enrolment.id = p_enrolment AND training.id = p_training
$$;

-- The facts of one purchase, and the purchase that was made with the same request key. `judged` is all that must still hold when
-- it is paid for. Rows are found by key whatever the statistics say: a session that planned while hardly anything was bought
-- would read whole tables for as long as it lives.
CREATE OR REPLACE FUNCTION purchases_look(p_enrolment bigint, p_training bigint, p_request_key uuid) RETURNS TABLE (
    judged text, earlier bigint, provider bigint, status text, available_idr bigint, has_bought boolean, first_purchase_by date,
    spend_by date, is_owned boolean, is_open boolean, price_idr bigint, seats_left int
) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT
        ROW(
            found.sequence, found.available_idr, found.status, found.is_open, found.price_idr, found.provider, found.earlier,
            found.has_bought, found.is_owned
        )::text,
        found.earlier, found.provider, found.status, found.available_idr, found.has_bought, found.first_purchase_by,
        found.spend_by, found.is_owned, found.is_open, found.price_idr, found.seats_left
    FROM (
        SELECT facts.*, (
            SELECT own.id FROM purchases_purchase AS own
            WHERE own.enrolment_id = p_enrolment AND own.request_key = p_request_key
        ) AS earlier
        FROM purchases_facts(p_enrolment, p_training) AS facts
        -- So each is read once, not once for each place above.
        OFFSET 0
    ) AS found;
END $$;

-- Pays for a purchase and keeps it, under the lock of the training account. Nothing is written, and there is no id, where
-- something that was judged has changed, or where the posting date was closed.
CREATE OR REPLACE FUNCTION purchases_pay(
    p_account bigint, p_enrolment bigint, p_training bigint, p_request_key uuid, p_judged text, p_public_id uuid,
    p_redeem_code text, p_key text, p_escrow bigint, p_price_idr bigint, p_day date, p_now timestamptz,
    OUT id bigint, OUT is_closed_day boolean
) LANGUAGE plpgsql AS $$
DECLARE
    refused text;
BEGIN
    is_closed_day := false;
    PERFORM FROM ledger_balance WHERE owner = p_account FOR UPDATE;
    PERFORM FROM purchases_look(p_enrolment, p_training, p_request_key) AS now WHERE now.judged = p_judged;
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
