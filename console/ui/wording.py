"""How times, lanes and deliveries are said: the same words in every pane."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from connectors.contract import Lane
from console.desk.model import Delivery, DeliveryState, Leg, ThreadRow, ThreadState

LANES = {Lane.PUBLIC: "PUBLIC", Lane.PRIVATE: "PRIVATE"}
LANES_SHORT = {Lane.PUBLIC: "PUB", Lane.PRIVATE: "PRI"}

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def span(length: timedelta) -> str:
    """A length of time, short: `now`, `25 m`, `2 h`, `3 d`, `5 w`."""
    seconds = int(length.total_seconds())
    for size, unit in ((604_800, "w"), (86_400, "d"), (3_600, "h"), (60, "m")):
        # Two of the larger unit before it is used, but hours and minutes from one.
        least = 2 if unit == "w" else 1
        if seconds >= size * least:
            return f"{seconds // size} {unit}"
    return "now"


def day(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """The day of a moment, as one says it: `today`, `tomorrow`, `Monday`, `3 May 2025`."""
    here, today = at.astimezone(zone), now.astimezone(zone).date()
    apart = (today - here.date()).days
    if apart == 0:
        return "today"
    if apart == 1:
        return "yesterday"
    if apart == -1:
        return "tomorrow"
    if 1 < abs(apart) < 7:
        return _DAYS[here.weekday()]
    said = f"{here.day} {_MONTHS[here.month - 1]}"
    return said if here.year == today.year else f"{said} {here.year}"


def clock(at: datetime, zone: tzinfo | None = None) -> str:
    """The time of day: `14:02`."""
    return at.astimezone(zone).strftime("%H:%M")


def moment(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """A moment: `14:02` today, else `yesterday 14:02`."""
    said = day(at, now, zone)
    return clock(at, zone) if said == "today" else f"{said} {clock(at, zone)}"


def count(number: int, one: str, many: str = "") -> str:
    """`1 thread`, `3 threads`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def turn(row: ThreadRow) -> str:
    """Whose turn it is: `our turn`, `their turn`, `done`, `snoozed`; and where it is `heated`."""
    said = "our turn" if row.waiting_since is not None else "their turn"
    if row.state is not ThreadState.OPEN:
        said = row.state.value
    return f"heated, {said}" if row.heated else said


def wait(length: timedelta) -> str:
    """A wait that counts down: `6 s`, `9 min`, `2 h 5 min`."""
    seconds = max(int(length.total_seconds() + 0.999), 0)
    if seconds < 90:
        return f"{seconds} s"
    minutes = -(-seconds // 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def delivery_state(
    delivery: Delivery,
    now: datetime,
    siblings: Mapping[int, Delivery] | None = None,
    recall: str = "z",
    reply: str = "r",
    outbox: str = "g o",
) -> tuple[str, str]:
    """What a delivery is doing and the key that changes it: `held, leaves in 6 s`, `z recall`.

    `siblings` are the thread's other deliveries by id: an acknowledgement waits for its message.
    """
    state = delivery.state
    key = f"{recall} recall" if recall else ""
    if state is DeliveryState.HELD:
        left = wait(delivery.held_until - now)
        if delivery.leg is Leg.ACKNOWLEDGEMENT and _waits(delivery, siblings):
            return "leaves after the message above", key
        cools = " to cool off" if delivery.cooling else ""
        return f"held{cools}, leaves in {left}", key
    if state is DeliveryState.DUE:
        if delivery.leg is Leg.ACKNOWLEDGEMENT and _waits(delivery, siblings):
            return "leaves after the message above", key
        if delivery.awaits:
            return f"waits until they begin: {delivery.words}".removesuffix(": "), key
        said = "waiting for the network"
        if delivery.next_at is not None and delivery.next_at > now:
            said += f", next try in {wait(delivery.next_at - now)}"
        elif delivery.tries == 0 and not delivery.words:
            said = "leaves next"
        return said + (f": {delivery.words}" if delivery.words else ""), key
    if state is DeliveryState.SENDING:
        return "sending", ""
    if state is DeliveryState.REFUSED:
        said = f"refused, it didn't arrive: {delivery.words or 'the network gave no reason'}"
        return said, f"{reply} answer anew"
    if state is DeliveryState.DOUBTFUL:
        why = f": {delivery.words}" if delivery.words else ""
        if delivery.next_at is not None:
            return f"may have arrived, being looked for{why}", f"{outbox} outbox"
        return f"may have arrived, not sent again on a guess{why}", f"{outbox} settle"
    if state is DeliveryState.RECALLED:
        return "taken back", ""
    return "sent", ""


def _waits(delivery: Delivery, siblings: Mapping[int, Delivery] | None) -> bool:
    if siblings is None:
        return True
    return any(
        other.leg is Leg.PRIVATE
        and other.handoff_id == delivery.handoff_id
        and other.state not in {DeliveryState.SENT, DeliveryState.REFUSED}
        and not other.awaits
        for other in siblings.values()
    )


def pressing(state: DeliveryState | None) -> str:
    """What a row says of its most pressing delivery."""
    return "" if state is None else _PRESSING[state]


_PRESSING = {
    DeliveryState.HELD: "held",
    DeliveryState.DUE: "leaving",
    DeliveryState.SENDING: "sending",
    DeliveryState.SENT: "",
    DeliveryState.REFUSED: "refused!",
    DeliveryState.DOUBTFUL: "doubtful!",
    DeliveryState.RECALLED: "",
}
