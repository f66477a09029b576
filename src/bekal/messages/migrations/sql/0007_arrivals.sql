-- What was written to somebody is never changed; what became of it is the channel's to record.
CREATE OR REPLACE TRIGGER message_append_only BEFORE UPDATE OR DELETE ON bekal_messages_message
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER message_never_truncated BEFORE TRUNCATE ON bekal_messages_message
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();

-- The day on which it is known that a person was told what a message says: it was delivered; or the gateway took it and has said
-- nothing else for a day, as those do that never report; or the person has read the same in the application.
CREATE OR REPLACE FUNCTION messages_arrived_on(p_message bigint, p_now timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT (min(known.at) AT TIME ZONE 'Asia/Jakarta')::date
    FROM (
        SELECT delivery.changed_at AS at FROM bekal_messages_delivery AS delivery
        WHERE delivery.message_id = p_message AND (
            delivery.state = 'delivered' OR delivery.state = 'accepted' AND delivery.changed_at <= p_now - interval '1 day'
        )
        UNION ALL
        SELECT reading.read_at
        FROM bekal_messages_message AS sent
        JOIN bekal_messages_message AS shown ON shown.recipient_id = sent.recipient_id AND shown.channel = 'in_app'
            AND shown.template = sent.template AND shown.about = sent.about
        JOIN messages_in_app_reading AS reading ON reading.message_id = shown.id
        WHERE sent.id = p_message
    ) AS known
$$;

-- By which ways a person is told something of a topic: always in the application, and by SMS where a phone is verified and the
-- topic was not refused.
CREATE OR REPLACE FUNCTION messages_ways(recipient bigint, about text) RETURNS TABLE (channel text) LANGUAGE sql STABLE AS $$
    SELECT 'in_app'
    UNION ALL
    SELECT 'sms' FROM bekal_messages_contact AS contact
    WHERE contact.user_id = recipient AND contact.kind = 'phone' AND contact.verified_at IS NOT NULL
        AND contact.replaced_at IS NULL AND NOT EXISTS (
        SELECT FROM bekal_messages_refusal AS refusal
        WHERE refusal.user_id = recipient AND refusal.channel = 'sms' AND refusal.topic = about
    )
$$;

-- Every message that leaves the database has a delivery, whoever writes it and how many at once. Codes go before everything else.
CREATE OR REPLACE FUNCTION messages_queue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bekal_messages_delivery (message_id, channel, template, priority, useful_until, changed_at)
    SELECT written.id, written.channel, written.template,
        CASE WHEN written.template = 'messages.code' THEN 0 ELSE 1 END, written.useful_until, written.written_at
    FROM written WHERE written.channel <> 'in_app';
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER message_queued AFTER INSERT ON bekal_messages_message
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION messages_queue();

-- How much is known of a message; a state gives way only to one that says more.
CREATE OR REPLACE FUNCTION messages_knowledge(state text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT array_position(ARRAY['waiting', 'sending', 'unknown', 'expired', 'accepted', 'failed', 'delivered'], state)
$$;

-- The one way back is of a message that certainly never left this machine.
CREATE OR REPLACE FUNCTION messages_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF messages_knowledge(NEW.state) > messages_knowledge(OLD.state) OR (OLD.state = 'sending' AND NEW.state = 'waiting') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a delivery cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'BK009';
END $$;
CREATE OR REPLACE TRIGGER delivery_only_forward BEFORE UPDATE ON bekal_messages_delivery
    FOR EACH ROW EXECUTE FUNCTION messages_only_forward();
CREATE OR REPLACE TRIGGER delivery_never_deleted BEFORE DELETE ON bekal_messages_delivery
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER delivery_never_truncated BEFORE TRUNCATE ON bekal_messages_delivery
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
