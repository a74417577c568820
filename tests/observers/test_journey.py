"""One reader from the login to the finished page; one study in another domain."""

from django.test import Client
from django.urls import reverse

from forgery.imaging.domain import Domain, Lesion, register
from observers.models import Rating, Session
from observers.selectors.readings import readings_table
from observers.services import locking, studies
from observers.services.verification import verify_study
from tests import factories
from tests.observers.test_api import post_rating, state_of, url

CHEST = register(
    Domain(
        key="toy-chest",
        name="Chest X-ray",
        image_noun="chest radiograph",
        question="How confident are you that this radiograph is manipulated?",
        lesions=(
            Lesion("clear", "Clear", "C"),
            Lesion("nodule", "Nodule", "N"),
            Lesion("effusion", "Effusion", "E"),
        ),
    )
)


def test_reader_goes_from_login_to_the_finished_page(study):
    reader = study.enrolments.all()[0].user
    client = Client()
    home = client.post(
        reverse("login"),
        {"username": reader.username, "password": "reads-well-4"},
        follow=True,
    )
    assert "My sets" in home.content.decode()

    for session in Session.objects.filter(enrolment__user=reader).order_by("position"):
        intro = client.get(reverse("observers:room", args=[session.token]))
        assert "You will see 4 images" in intro.content.decode()
        room = client.post(
            reverse("observers:begin", args=[session.token]), follow=True
        )
        assert "How confident are you" in room.content.decode()
        state = state_of(client, session)
        while not state["is_complete"]:
            token = state["current"]["token"]
            assert client.get(url("image", session, token)).status_code == 200
            state = post_rating(client, session, token, 40).json()
        client.post(url("finish", session))
        page = client.get(reverse("observers:room", args=[session.token]), follow=True)
        session.refresh_from_db()
        assert "thank you" in page.content.decode()
        assert session.head in page.content.decode()

    home = client.get(reverse("observers:home")).content.decode()
    assert home.count("finished") >= 2
    assert Rating.objects.count() == 8


def test_study_of_a_toy_domain_runs_without_a_word_of_fundus(db, client_of):
    lesions = CHEST.lesion_keys
    pool = factories.tiny_pool(lesions, 5, domain=CHEST.key, name="toy-pool").pool
    protocol = factories.tiny_protocol(lesions=lesions, question=CHEST.question)
    study = factories.open_study(2, pool=pool, protocol=protocol)
    session = factories.started_session(study)
    page = client_of(session.enrolment.user).get(
        reverse("observers:room", args=[session.token])
    )

    factories.read_study(study)
    closed = studies.close_study(study=study, user=study.owner)
    locking.lock_study(study=closed, user=study.owner)

    assert "this radiograph is manipulated" in page.content.decode()
    assert readings_table(study).shape == (2, 1, 12)
    assert set(readings_table(study).lesion_names) == set(lesions)
    assert verify_study(study=study).is_sound
