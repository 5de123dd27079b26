"""What the database itself notes: each change of a channel's booking, for the outbox.

A booking is changed in many places: at the desk, by a closure, by the clock, at the gate. The
database sees all of them, so none can be forgotten, and its note is kept or lost with the change.
Whatever touches a sold booking, its ticket or what a closure
offers it touches the sale; a new or touched sale puts a notice
into the line of each subscription that wants it (ADR 0068).

They are taken away before each migration and put back after it: SQLite makes tables anew to change
them, and their triggers would be gone.
"""

import sqlalchemy as sa

_NEEDED = {"channel_notices", "channel_subscriptions", "channel_sales"}
_BOOKING = "status, slot_id, party_size, hold_expires_at"
_ADMITTED = "OLD.admitted <> NEW.admitted"
# name: (the event, on which condition, what is done, whose row it is about)
_TRIGGERS = {
    "touch_sale_of_booking": (
        f"UPDATE OF {_BOOKING} ON bookings",
        "NEW.channel_id IS NOT NULL",
        "touch",
        "NEW.id",
    ),
    "touch_sale_of_ticket": ("UPDATE OF admitted ON tickets", _ADMITTED, "touch", "NEW.booking_id"),
    "touch_sale_of_offer": ("INSERT ON offers", "1 = 1", "touch", "NEW.booking_id"),
    "touch_sale_of_answer": ("UPDATE OF status ON offers", "1 = 1", "touch", "NEW.booking_id"),
    "tell_of_new_sale": ("INSERT ON channel_sales", "1 = 1", "tell", "NEW.booking_id"),
    "tell_of_changed_sale": ("UPDATE ON channel_sales", "1 = 1", "tell", "NEW.booking_id"),
}
_ACTIONS = {
    "touch": """
        UPDATE channel_sales SET updated_at = {later}(updated_at, {now})
        WHERE booking_id = {booking};
    """,
    "tell": """
        INSERT INTO channel_notices
          (event_id, subscription_id, kind, subject, status, attempts, last_answer, created_at)
        SELECT {random}, subscription.id, 'BOOKING_UPDATE', NEW.uuid, 'waiting', 0, '', {now}
        FROM channel_subscriptions AS subscription
        WHERE subscription.channel_id = NEW.channel_id AND NOT subscription.is_test
          AND {find}(CAST(subscription.kinds AS text), 'BOOKING_UPDATE') > 0;
    """,
}
_WORDS = {
    "sqlite": {
        "later": "max",
        "find": "instr",
        "now": "strftime('%Y-%m-%d %H:%M:%f000', 'now')",
        "random": "lower(hex(randomblob(16)))",
    },
    "postgresql": {
        "later": "greatest",
        "find": "strpos",
        "now": "clock_timestamp()",
        "random": "replace(gen_random_uuid()::text, '-', '')",
    },
}


def remove(connection: sa.Connection) -> None:
    """Take the triggers away, if they are there."""
    tables = set(sa.inspect(connection).get_table_names())
    for name, (event, *_) in _TRIGGERS.items():
        table = event.rpartition(" ")[2]
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        elif table in tables:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name}")


def install(connection: sa.Connection) -> None:
    """Put the triggers in, if the schema has the tables that they write to."""
    if not set(sa.inspect(connection).get_table_names()) >= _NEEDED:
        return
    for name, (event, condition, action, booking) in _TRIGGERS.items():
        words = _WORDS[connection.dialect.name]
        body = _ACTIONS[action].format(booking=booking, **words)
        for statement in _statements(connection.dialect.name, name, event, condition, body):
            connection.exec_driver_sql(statement)


def _statements(dialect: str, name: str, event: str, condition: str, body: str) -> list[str]:
    head = f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW WHEN ({condition})"
    if dialect == "sqlite":
        return [f"{head} BEGIN {body} END"]
    function = f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$"
    return [f"{function} BEGIN {body} RETURN NULL; END $$", f"{head} EXECUTE FUNCTION {name}()"]
