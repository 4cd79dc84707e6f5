"""The health of each part of Kring, worded in every language."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import redis.asyncio
from redis.exceptions import RedisError

from domain.foundation import Text
from service.sealing.keys import KeyStore, KeyStoreError
from service.store.heartbeats import RoleStatus
from service.store.jobs.progress import ClassProgress
from service.store.views.progress import Progress, ReactionProgress

MAX_LAG_S = 10.0
"""Time that events may wait for the views or reactions, or these may be silent, before readiness fails."""

UNKNOWN = Text(en="unknown without the database", nl="onbekend zonder de database")
OTHER_LOG = Text(
    en="holds another log than when this process started: start it again",
    nl="bevat een ander log dan toen dit proces startte: start het opnieuw",
)
NO_PROJECTOR = Text(en="none is running: kring project", nl="er draait er geen: kring project")
NO_WORKER = Text(en="no worker has reported lately: kring work", nl="geen worker heeft zich onlangs gemeld: kring work")
NO_REACTOR = Text(en="none reacts to events", nl="geen enkele reageert op gebeurtenissen")


class PartHealth(NamedTuple):
    """The health of one part. `why`: what is wrong with it. Kring works without a part that is not `required`."""

    name: str
    ok: bool
    why: Text | None = None
    required: bool = True


def service_health(failing: Mapping[str, str]) -> PartHealth:
    """The health of this process, which is not well while one of its background tasks keeps failing."""
    found = [
        Text(en=f"its {task} failed lately ({error})", nl=f"de taak {task} is onlangs mislukt ({error})")
        for task, error in failing.items()
    ]
    return _part("service", _joined(found, ", "))


def key_store_health(keys: KeyStore) -> PartHealth:
    """The health of the key store, which must be present and belong to this log."""
    try:
        keys.require_present()
    except (KeyStoreError, OSError) as error:
        kind = type(error).__name__
        return PartHealth(
            "key store",
            ok=False,
            why=Text(
                en=f"cannot be read or is not the one of this log ({kind})",
                nl=f"is niet te lezen of hoort niet bij dit log ({kind})",
            ),
        )
    return PartHealth("key store", ok=True)


def database_health(*, same: bool) -> PartHealth:
    """The health of a database that answers. `same`: whether it holds the log that this process opened."""
    return _part("database", None if same else OTHER_LOG)


def database_away(error: BaseException) -> list[PartHealth]:
    """The health of the database that does not answer, and of the parts whose state it holds."""
    away = PartHealth("database", ok=False, why=_no_answer(error))
    return [away, *(PartHealth(name, ok=False, why=UNKNOWN) for name in ("projector", "worker"))]


def clock_health(behind: tuple[datetime, float] | None) -> PartHealth:
    """The health of the database's clock, which gives every event its time and must not be behind the last one."""
    if behind is None:
        return PartHealth("clock", ok=True)
    latest, seconds = behind
    until = f"{latest:%Y-%m-%d %H:%M:%S} UTC"
    return PartHealth(
        "clock",
        ok=False,
        why=Text(
            en=f"the database's clock is {seconds:.0f} s behind the last event; nothing can be recorded before it shows "
            f"{until}: set it right (NTP)",
            nl=f"de klok van de database loopt {seconds:.0f} s achter op de laatste gebeurtenis; tot {until} kan er niets "
            "worden vastgelegd: zet de klok goed (NTP)",
        ),
    )


def projector_health(projector: RoleStatus, views: Sequence[Progress], lost: Sequence[str]) -> PartHealth:
    """The health of the projector. `lost`: views with events that the log does not hold any more."""
    if lost:
        why = Text(
            en=f"the log was restored; {len(lost)} views hold events that are not in it: kring rebuild",
            nl=f"het log is hersteld; {len(lost)} overzichten bevatten gebeurtenissen die er niet in staan: kring rebuild",
        )
        return PartHealth("projector", ok=False, why=why)
    if not projector.active:
        return PartHealth("projector", ok=False, why=NO_PROJECTOR)
    return _part("projector", _silent(projector) or _late(views))


def worker_health(
    reactor: RoleStatus, reactions: Sequence[ReactionProgress], classes: Sequence[ClassProgress], lost: Sequence[str]
) -> PartHealth:
    """The health of the workers. `lost`: reactions that took events which the log does not hold any more."""
    if lost:
        names = ", ".join(lost)
        why = Text(
            en=f"the log was restored; {names} had taken events that are not in it: kring rebuild --react-after",
            nl=f"het log is hersteld; {names} had al gebeurtenissen verwerkt die er niet in staan: "
            "kring rebuild --react-after",
        )
        return PartHealth("worker", ok=False, why=why)
    if all(one.is_silent for one in classes):
        return PartHealth("worker", ok=False, why=NO_WORKER)
    wrong = [_wrong_with(one) for one in classes if one.is_silent or one.is_stuck]
    if not reactor.active:
        wrong.append(NO_REACTOR)
    elif why := _silent(reactor) or _late(reactions):
        wrong.append(Text(en=f"its reactions: {why.en}", nl=f"de reacties: {why.nl}"))
    return _part("worker", _joined(wrong, "; "))


async def valkey_health(url: str, timeout_s: float) -> PartHealth:
    """The health of Valkey, which wakes workers; without it they poll, so it is not required (decision 0035)."""
    library: Any = redis.asyncio  # untyped
    client = library.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)
    try:
        async with asyncio.timeout(timeout_s):
            await client.ping()
    except (RedisError, OSError) as error:
        away = _no_answer(error)
        why = Text(
            en=f"{away.en}; jobs begin up to a second later",
            nl=f"{away.nl}; taken beginnen tot een seconde later",
        )
        return PartHealth("valkey", ok=False, why=why, required=False)
    finally:
        await client.aclose()
    return PartHealth("valkey", ok=True, required=False)


def _part(name: str, why: Text | None) -> PartHealth:
    return PartHealth(name, ok=why is None, why=why)


def _joined(texts: Sequence[Text], separator: str) -> Text | None:
    if not texts:
        return None
    return Text(en=separator.join(one.en for one in texts), nl=separator.join(one.nl for one in texts))


def _no_answer(error: BaseException) -> Text:
    kind = type(error).__name__
    return Text(en=f"does not answer ({kind})", nl=f"antwoordt niet ({kind})")


def _silent(role: RoleStatus) -> Text | None:
    """An error if the active process of a role does not advance."""
    if role.silent_s is None or role.silent_s <= MAX_LAG_S:
        return None
    seconds = f"{role.silent_s:.0f}"
    return Text(en=f"has not advanced for {seconds} seconds", nl=f"al {seconds} seconden geen voortgang")


def _late(found: Sequence[Progress] | Sequence[ReactionProgress]) -> Text | None:
    """An error if an event has waited too long for a view or reaction that has not stopped."""
    lag_s = max((one.seconds for one in found if one.stopped_at is None), default=0.0)
    if lag_s <= MAX_LAG_S:
        return None
    return Text(en=f"{lag_s:.0f} seconds behind", nl=f"{lag_s:.0f} seconden achter")


def _wrong_with(one: ClassProgress) -> Text:
    if one.is_silent:
        seconds = f"{one.seen_s:.0f}"
        return Text(
            en=f"no worker has taken {one.job_class} jobs for {seconds} seconds",
            nl=f"geen worker heeft de afgelopen {seconds} seconden taken van de klasse {one.job_class} gepakt",
        )
    overdue = f"{one.overdue_s or 0:.0f}"
    return Text(
        en=f"no {one.job_class} job was begun lately, though {one.waiting} are due, the first for {overdue} seconds",
        nl=f"er is onlangs geen taak van de klasse {one.job_class} begonnen, terwijl er {one.waiting} wachten, "
        f"de eerste al {overdue} seconden",
    )
