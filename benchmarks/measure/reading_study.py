"""A study with hundreds of readers, logged in and begun, in the bench's database."""

import secrets
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from fundus_study import signed_in
from observers.models import Enrolment, Rating, Session
from observers.models.protocol import Profile
from observers.services import freezing, studies
from tests import factories

CASES = 100


@dataclass
class Seat:
    """One reader's place: cookies, addresses and how far the set is read."""

    session: str
    items: list[str]
    cookie: str
    bare_cookie: str
    csrf: str = field(default_factory=lambda: secrets.token_hex(16))
    done: int = 0

    @property
    def left(self) -> int:
        """Cases not rated yet."""
        return len(self.items) - self.done


def make(n_readers: int) -> list[Seat]:
    """Make study, readers, plans and logins."""
    pool = factories.tiny_pool(("glaucoma",), n=CASES).pool
    protocol = factories.tiny_protocol(
        lesions=("glaucoma",),
        n_original=CASES - 10,
        n_manipulated=10,
        reader_profile=Profile(size=512),
    )
    study = factories.StudyFactory(pool=pool, protocol=protocol)
    for _ in range(n_readers):
        factories.enrol(study)
    study = freezing.freeze_study(study=study, user=study.owner)
    studies.open_study(study=study, user=study.owner)
    Enrolment.objects.update(consented_at=study.created_at)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bare_rating (id bigserial PRIMARY KEY, who text, body text)"
        )
    Session.objects.update(started_at=study.created_at)
    found = Session.objects.select_related("enrolment__user").order_by("pk")
    return [seat(session) for session in found.prefetch_related("items")]


def seat(session: Session) -> Seat:
    """Log the reader in, here and at the bare server."""
    user = session.enrolment.user
    mine, bare = signed_in.SessionStore(), SessionStore()
    mine[SESSION_KEY] = str(user.pk)
    mine[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    mine[HASH_SESSION_KEY] = user.get_session_auth_hash()
    mine.save()
    bare["who"] = str(user.pk)
    bare.save()
    items = sorted(session.items.all(), key=lambda item: item.position)
    tokens = [item.token for item in items]
    return Seat(session.token, tokens, mine.session_key, bare.session_key)


def wrong_counts(seats: list[Seat]) -> int:
    """Ratings lost or doubled: stored against answered, and twice the same case."""
    stored: dict[str, list[int]] = {}
    for token, item in Rating.objects.values_list("session__token", "item_id"):
        stored.setdefault(token, []).append(item)
    return sum(
        abs(len(stored.get(s.session, [])) - s.done)
        + len(stored.get(s.session, []))
        - len(set(stored.get(s.session, [])))
        for s in seats
    )
