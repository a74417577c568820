"""The preview of the reading room: a draft is read to its end and nothing is stored."""

import pytest
from django.urls import reverse

from forgery.models import FundusImage
from observers.models import Presentation, Rating, Session, Study
from observers.services import previewing
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(coordinator) -> Study:
    return factories.StudyFactory(owner=coordinator)


def at(name, study, *arguments):
    return reverse(f"observers:{name}", args=[study.name, *arguments])


@pytest.fixture
def previewed(draft) -> Study:
    """A draft whose pool has a practice patient beside those of the sets."""
    for n in range(2):
        image = factories.image_with_role(draft.pool, "practice", lesion="normal")
        maker = draft.pool.manipulators.get(lesion="normal")
        if n:
            factories.manipulate(image, maker)
    return draft


def test_preview_reads_to_its_end_and_stores_nothing(coordinator_client, previewed):
    page = coordinator_client.get(at("preview", previewed)).text
    state = coordinator_client.get(at("preview-state", previewed)).json()

    assert "preview: nothing is stored" in page
    assert at("preview-state", previewed) in page
    assert (state["total"], state["current"]["token"]) == (2, "case-0")
    for n in range(2):
        image = coordinator_client.get(at("preview-image", previewed, n))
        assert image.content.startswith(b"\x89PNG")
        state = coordinator_client.post(at("preview-rating", previewed, n)).json()
    assert state["is_complete"]
    assert coordinator_client.post(at("preview-finish", previewed)).json()[
        "is_finished"
    ]
    assert coordinator_client.get(at("preview-image", previewed, 2)).status_code == 404
    for model in (Rating, Session, Presentation):
        assert not model.objects.exists()


def test_preview_never_shows_a_patient_of_the_sets(previewed):
    roles = {one.cluster.reservation.role for one in previewing.cases(previewed)}

    assert roles == {"practice"}


def test_preview_without_a_photograph_says_so(coordinator_client, draft):
    FundusImage.objects.update(lesion="macular-degeneration")

    assert "Nothing to preview" in coordinator_client.get(at("preview", draft)).text
