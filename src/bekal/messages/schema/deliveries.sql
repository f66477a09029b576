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
