"""Setting a study up: each step is kept, counts are explained, the checklist says."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from forgery.models import Job, Manipulation
from observers.models import AuditEvent, Study
from observers.models.protocol import SAME_ORDER
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(coordinator) -> Study:
    return factories.StudyFactory(owner=coordinator)


def at(name, study, *arguments):
    return reverse(f"observers:{name}", args=[study.name, *arguments])


def form_of(client, study, step) -> dict:
    """Return the fields of a step as the page holds them."""
    context = client.get(at("setup", study, step)).context
    form = context["form"]
    data = {
        name: form.get_initial_for_field(field, name)
        for name, field in form.fields.items()
    }
    for row, group in enumerate(context["groups"] or ()):
        held = group.initial or {"name": "", "n_readers": 0, "min_years": 0, "key": ""}
        data |= {f"groups-{row}-{name}": value for name, value in held.items()}
    if context["groups"]:
        data |= {"groups-TOTAL_FORMS": len(context["groups"])}
        data |= {"groups-INITIAL_FORMS": len(context["groups"]) - 1}
    return {k: v for k, v in data.items() if v is not None and v is not False}


def save(client, study, step, **changes):
    data = form_of(client, study, step) | changes
    answer = client.post(at("setup", study, step), data)
    study.refresh_from_db()
    return answer


def test_title_and_pool_make_a_draft_with_the_lesions_of_the_pool(coordinator_client):
    pool = factories.tiny_pool().pool
    data = {"title": "Our first study", "pool": pool.name}

    answer = coordinator_client.post(reverse("observers:create"), data)
    again = coordinator_client.post(reverse("observers:create"), data)

    study = Study.objects.get(name="our-first-study")
    assert answer.url == at("setup", study, "cases")
    assert again.url == reverse("observers:setup", args=["our-first-study-2", "cases"])
    assert study.rules.lesions == ("normal", "glaucoma")
    assert (study.rules.n_original, study.rules.n_manipulated) == (45, 5)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "new study!"}, "letters, numbers, underscores or hyphens"),
        ({"name": "taken"}, "There is a study of this name already"),
        ({"pool": "none"}, "not one of the available choices"),
        ({"title": ""}, "This field is required"),
    ],
)
def test_wrong_beginning_is_said(coordinator_client, change, sentence):
    factories.StudyFactory(name="taken")
    data = {"title": "A pilot", "pool": factories.tiny_pool().pool.name} | change

    answer = coordinator_client.post(reverse("observers:create"), data)

    assert sentence in answer.text
    assert Study.objects.count() == 1


def test_every_step_is_kept_and_leads_on(coordinator_client, draft):
    cases = save(
        coordinator_client, draft, "cases", title="Changed", n_original=2, seed=9
    )
    readers = save(
        coordinator_client,
        draft,
        "readers",
        set_order=SAME_ORDER,
        rounds=2,
        washout_days=14,
        **{"groups-0-n_readers": 7},
    )
    room = save(
        coordinator_client,
        draft,
        "reading",
        scale_kind="ordinal-5",
        tools=["zoom", "red-free"],
        tell_prevalence="on",
        to="readers",
    )
    save(coordinator_client, draft, "words", consent="I agree.", instructions="Read.")
    plan = save(
        coordinator_client, draft, "plan", hypothesis="non-inferiority", margin="0.08"
    )

    assert cases.url == at("setup", draft, "readers")
    assert readers.url == at("setup", draft, "reading")
    assert room.url == at("setup", draft, "readers")  # saved and back
    assert plan.url == at("setup", draft, "check")
    rules = draft.rules
    assert (draft.title, rules.n_original, rules.seed) == ("Changed", 2, 9)
    assert rules.lesions == ("glaucoma", "normal")
    assert (rules.set_order, rules.rounds, rules.washout_days) == (SAME_ORDER, 2, 14)
    assert rules.groups[0].n_readers == 7
    assert len(rules.scale.labels) == 5
    assert rules.tools == ("zoom", "red-free")
    assert rules.tell_prevalence
    assert (rules.consent, rules.instructions) == ("I agree.", "Read.")
    assert rules.analysis.hypothesis == "non-inferiority"
    assert rules.analysis.margin == 0.08
    assert AuditEvent.objects.filter(verb="protocol changed").count() == 5
    page = coordinator_client.get(at("protocol", draft)).text
    assert "non-inferiority" in page
    assert "0.08" in page


@pytest.mark.parametrize(
    ("step", "change", "sentence"),
    [
        ("cases", {"n_original": "0"}, "greater than or equal to 1"),
        ("cases", {"lesions": []}, "This field is required"),
        ("readers", {"groups-0-name": "", "groups-1-name": ""}, "at least one group"),
        ("readers", {"groups-1-key": "eye"}, "names the same thing twice"),
        ("plan", {"margin": "0.9"}, "less than or equal to 0.5"),
    ],
)
def test_wrong_step_says_what_is_wrong_and_keeps_the_rest(
    coordinator_client, draft, step, change, sentence
):
    held = draft.protocol
    if "groups-1-key" in change:
        change = {
            "groups-1-key": form_of(coordinator_client, draft, step)["groups-0-key"]
        }

    answer = save(coordinator_client, draft, step, **change)

    assert answer.status_code == 200
    assert sentence in answer.text
    assert draft.protocol == held


def test_group_with_readers_cannot_go(coordinator_client, draft):
    factories.enrol(draft, group="gp")
    rows = form_of(coordinator_client, draft, "readers")
    row = next(key[:8] for key, value in rows.items() if value == "gp")

    answer = save(coordinator_client, draft, "readers", **{f"{row}-name": ""})

    assert "has readers and cannot go" in answer.text


def test_another_pool_drops_what_belongs_to_the_first(coordinator_client, draft):
    names = [one.name for one in draft.pool.manipulators.all()]
    save(coordinator_client, draft, "cases", manipulators=names[:1])
    assert draft.rules.manipulators == (names[0],)

    other = factories.tiny_pool().pool
    save(coordinator_client, draft, "cases", pool=other.name)

    assert draft.pool == other
    assert draft.rules.manipulators == ()


def test_hint_follows_the_counts_before_they_are_saved(coordinator_client, draft):
    few = coordinator_client.get(
        at("hint", draft), {"n_original": 45, "n_manipulated": 5}
    ).text
    more = coordinator_client.get(
        at("hint", draft), {"n_original": 45, "n_manipulated": 25}
    ).text
    wrong = coordinator_client.get(at("hint", draft), {"n_original": "x"})

    assert all(m < f < 1 for m, f in zip(halves(more), halves(few), strict=True))
    assert "8 patients, 50 needed" in few
    assert "8 cases a set, originals and manipulated together, fit" in few
    assert wrong.status_code == 200
    draft.refresh_from_db()
    assert draft.rules.n_original == 3


def halves(html) -> list[float]:
    """Return the half-widths that a hint shows, row by row."""
    return [float(cell) for cell in re.findall(r">± ([0-9.]+)</td>", html)]


def with_groups(client, study, *readers) -> dict:
    """Return what the page asks while it holds groups of so many readers."""
    asked = form_of(client, study, "readers")
    asked |= {"n_manipulated": 5, "n_original": 45}
    asked |= {"groups-TOTAL_FORMS": len(readers), "groups-INITIAL_FORMS": 0}
    for n, planned in enumerate(readers):
        given = {"name": f"Group {n}", "n_readers": planned, "min_years": 0}
        given["key"] = f"group-{n}"
        asked |= {f"groups-{n}-{name}": value for name, value in given.items()}
    return asked


def test_hint_tells_what_groups_and_comparisons_can_show(coordinator_client, draft):
    asked = with_groups(coordinator_client, draft, 3, 2)
    page = coordinator_client.get(at("hint", draft), asked)
    rows = {row.name: row for row in page.context["precision"]}

    assert list(rows) == [
        "One reader",
        "Group 0, mean of 3",
        "Group 1, mean of 2",
        "Group 0 against Group 1",
        "Group 0 against the detector",
        "Group 1 against the detector",
    ]
    few = [name for name, row in rows.items() if row.is_fixed]
    assert few == ["Group 1, mean of 2", *list(rows)[3:4], list(rows)[5]]
    assert "for these readers only" in page.text
    one, group = (rows[name].halves[1] for name in list(rows)[:2])
    assert group.one_set < one.one_set
    assert group.all_sets < group.one_set


def test_hint_follows_the_groups_before_they_are_saved(coordinator_client, draft):
    def ask(asked):
        return coordinator_client.get(at("hint", draft), asked).text

    few, more = (ask(with_groups(coordinator_client, draft, n, n)) for n in (3, 9))
    wrong = ask(with_groups(coordinator_client, draft, -1, 3))
    none = ask({"groups-TOTAL_FORMS": "x", "n_manipulated": 1})

    assert "mean of 9" in more
    assert "for these readers only" not in more
    assert halves(more)[:3] == halves(few)[:3]  # one reader
    assert all(
        m < f for m, f in zip(halves(more)[3:18], halves(few)[3:18], strict=True)
    )
    assert "Group 1" not in wrong
    assert "needs two cases of each class" in none


def test_of_many_groups_the_widest_comparisons_are_shown(coordinator_client, draft):
    asked = with_groups(coordinator_client, draft, 5, 4, 3, 3)

    page = coordinator_client.get(at("hint", draft), asked)

    told = [row.name for row in page.context["precision"] if row.kind == "groups"]
    assert told[0] == "Group 2 against Group 3"
    assert len(told) == 3


def test_checklist_says_what_is_missing_why_and_where(coordinator_client, draft):
    save(coordinator_client, draft, "cases", n_original=40)

    page = coordinator_client.get(at("setup", draft, "check"))

    points = {str(p.name): p for p in page.context["points"]}
    assert points["Readers"].state == "missing"
    assert points["Glaucoma"].state == "missing"
    assert "8 of 41 clusters" in points["Glaucoma"].text
    assert points["Glaucoma"].mend == at("setup", draft, "cases")
    assert points["Detector"].state == "consider"
    assert "Freeze for good" in page.text
    assert not page.context["can_freeze"]

    save(coordinator_client, draft, "cases", n_original=3)
    for group in draft.groups.all():
        factories.enrol(draft, group=group.key)
    page = coordinator_client.get(at("setup", draft, "check"))
    assert page.context["can_freeze"]
    coordinator_client.post(at("move", draft, "frozen"))
    draft.refresh_from_db()
    assert draft.state == "frozen"
    assert coordinator_client.get(at("setup", draft, "cases")).status_code == 403


def test_copy_is_a_draft_without_readers(coordinator_client, coordinator):
    study = factories.frozen_study(owner=coordinator)

    coordinator_client.post(at("copy", study))

    copy = Study.objects.get(name=f"{study.name}-2")
    assert copy.state == "draft"
    assert f"copied from {study.name}" in coordinator_client.get(at("study", copy)).text
    assert copy.pool == study.pool
    assert not copy.enrolments.exists()
    assert copy.protocol == study.protocol
    assert copy.roles.get().user == coordinator


def test_steps_ask_no_more_questions_with_more_readers(coordinator_client, draft):
    def count(step):
        with CaptureQueriesContext(connection) as queries:
            coordinator_client.get(at("setup", draft, step))
        return len(queries)

    factories.enrol(draft)
    before = [count(step) for step in ("cases", "readers", "check")]
    for _ in range(5):
        factories.enrol(draft)
    after = [count(step) for step in ("cases", "readers", "check")]

    assert after == before


def test_hint_tells_that_images_are_still_being_made(coordinator_client, draft):
    Job.objects.create(
        kind="forgery.train_manipulator", arguments={"pool": draft.pool.name}
    )

    page = coordinator_client.get(at("hint", draft)).text

    assert "1 training or manipulation is under way" in page


def test_checklist_tells_that_what_is_missing_is_being_made(coordinator_client, draft):
    Manipulation.objects.filter(manipulator__lesion="glaucoma").delete()
    before = coordinator_client.get(at("setup", draft, "check"))
    Job.objects.create(
        kind="forgery.train_manipulator", arguments={"pool": draft.pool.name}
    )

    page = coordinator_client.get(at("setup", draft, "check"))

    (then,) = (p for p in before.context["points"] if p.name == "Glaucoma")
    (now,) = (p for p in page.context["points"] if p.name == "Glaucoma")
    assert "train a manipulator" in then.text
    assert now.text == "0 of 1 manipulated; images are being made."
    assert (now.state, now.mend) == ("missing", reverse("forgery:jobs"))
    assert "See how they go" in page.text
