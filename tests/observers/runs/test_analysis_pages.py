"""The analyst's pages of a locked study: what they show, and to whom."""

import itertools
import re

import pytest
from django.core.management import call_command
from django.urls import reverse

from observers.models import Case, Report, Study, StudyRole
from observers.reports.case_table import chosen_cases, neighbours, sort_of
from observers.services import studies
from observers.services.case_images import heat_name
from tests import factories


@pytest.fixture
def analyst(locked, detector, tmp_path, make_user, client_of):
    """An analyst's browser; a report with a detector is made."""
    call_command(
        "export_report", locked.name, "--out", str(tmp_path), "--detector", detector
    )
    user = make_user("an-analyst")
    studies.add_role(study=locked, actor=None, user=user, role=StudyRole.Role.ANALYST)
    return client_of(user)


def page(client, name, study, *more, **query):
    answer = client.get(reverse(f"observers:{name}", args=[study.name, *more]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_overview_draws_a_curve_for_everybody_and_says_the_tests(locked, analyst):
    text = page(analyst, "results", locked)
    readers = locked.enrolments.count()
    panels = len(locked.rules.lesions) + 1

    assert text.count('data-kind="reader"') == readers * panels
    assert text.count('data-kind="mean"') == 3 * panels  # two groups and the detector
    assert text.count('data-kind="band"') == 3 * panels
    assert "against the detector" in text
    assert 'href="#how-macro-detector"' in text
    assert 'id="how-macro-detector"' in text
    assert "style=" not in text


def test_curves_end_in_the_corners_and_their_area_is_the_auc(locked, analyst):
    panels = Report.objects.get().view["panels"]

    for panel in panels.values():
        for one in (*panel["readers"], *panel["groups"].values(), panel["detector"]):
            points = one["points"]
            assert (points[0], points[-1]) == ([0, 0], [1, 1])
            area = sum(
                (x1 - x0) * (y0 + y1) / 2
                for (x0, y0), (x1, y1) in itertools.pairwise(points)
            )
            assert area == pytest.approx(one["auc"], abs=2e-3)


def test_histograms_count_every_rating(locked, analyst):
    found = Report.objects.get().view["histograms"]

    counted = sum(
        sum(map(sum, sides)) for groups in found.values() for sides in groups.values()
    )
    assert counted == sum(case["n"] for case in Report.objects.get().view["cases"])
    assert "Ratings by truth" in page(analyst, "conduct", locked)


def test_each_reading_time_leads_to_its_case(locked, analyst):
    cases = Report.objects.get().view["cases"]
    text = page(analyst, "conduct", locked)

    for case in cases:
        address = reverse("observers:case", args=[locked.name, case["case"]])
        assert f'<a href="{address}" aria-label="{case["case"]}">' in text


def test_each_reader_can_be_left_out_of_a_new_report(locked, analyst):
    text = page(analyst, "results", locked)

    for pseudonym in locked.enrolments.values_list("pseudonym", flat=True):
        box = f'<input type="checkbox" name="left_out" value="{pseudonym}"'
        assert text.count(box) == 1


def test_cases_are_sorted_by_disagreement_unless_asked_otherwise(locked, analyst):
    cases = Report.objects.get().view["cases"]
    spread = [case["disagreement"] for case in chosen_cases(cases, {})]
    forged = chosen_cases(cases, {"truth": "manipulated", "sort": "mean"})

    assert spread == sorted(spread, reverse=True)
    assert {case["truth"] for case in forged} == {1}
    assert [c["mean"] for c in forged] == sorted(c["mean"] for c in forged)
    assert sort_of({"sort": "no-such-column"}) == "-disagreement"
    first, second = chosen_cases(cases, {})[:2]
    shown = re.findall(r"<code>(\w+)</code>", page(analyst, "cases", locked))
    assert shown[:2] == [first["case"], second["case"]]
    assert neighbours(chosen_cases(cases, {}), first["case"]) == ("", second["case"])


def test_a_case_shows_truth_and_every_rating(locked, analyst):
    forged = chosen_cases(Report.objects.get().view["cases"], {"truth": "manipulated"})
    text = page(analyst, "case", locked, forged[0]["case"])

    for pseudonym in locked.enrolments.values_list("pseudonym", flat=True):
        assert f'<th scope="row">{pseudonym}</th>' in text
    assert "manipulated" in text
    for kind in ("shown", "thumb", "original", "mask", "difference"):
        place = [locked.name, forged[0]["case"], kind]
        picture = analyst.get(reverse("observers:case-picture", args=place))
        assert picture["Content-Type"] == "image/png"
        assert picture.content.startswith(b"\x89PNG")


@pytest.mark.parametrize("named", ["../secret", "no-such", ""])
def test_a_heat_map_that_is_not_kept_is_a_404(locked, analyst, named):
    code = Case.objects.filter(opt_set__study=locked)[0].code
    address = reverse("observers:case-picture", args=[locked.name, code, "heat"])

    assert analyst.get(address, {"detector": named}).status_code == 404


def test_heat_maps_are_drawn_with_the_scores(db):
    from django.core.files.storage import default_storage

    from detector.services.shipped import family_of
    from observers.services import heatmaps, scoring

    study = factories.frozen_study()
    model = factories.DetectorModelFactory(pool=study.pool)
    truths = list(scoring._truths(study))
    shown = [(truth.case, scoring._shown(truth)) for truth in truths[:2]]

    drawn = heatmaps.draw_heatmaps(study, family_of(model.name, study.pool), shown)
    again = heatmaps.draw_heatmaps(study, family_of(model.name, study.pool), shown)

    assert (drawn, again) == (2, 0)
    for truth in truths[:2]:
        name = heat_name(study.pk, model.name, truth.case.code)
        with default_storage.open(name) as stored:
            assert stored.read().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["results", "conduct", "cases", "report"])
def test_pages_without_a_report_say_what_to_do(locked, make_user, client_of, name):
    user = make_user("an-analyst")
    studies.add_role(study=locked, actor=None, user=user, role=StudyRole.Role.ANALYST)

    assert "No report yet" in page(client_of(user), name, locked)


@pytest.mark.parametrize("name", ["results", "conduct", "cases", "report"])
def test_a_report_of_an_earlier_version_still_opens(locked, analyst, name):
    Report.objects.update(view={})

    text = page(analyst, name, locked)

    assert "earlier version" in text or name == "report"


def test_nobody_sees_results_before_the_lock_nor_a_reader_of_an_open_study(
    locked, analyst, client_of
):
    user = StudyRole.objects.get(study=locked, role=StudyRole.Role.ANALYST).user
    factories.enrol(factories.StudyFactory(), user)
    code = Case.objects.filter(opt_set__study=locked)[0].code
    places = {"results": [], "conduct": [], "cases": [], "report": [], "case": [code]}
    places["case-picture"] = [code, "shown"]

    def answers(client):
        return {
            client.get(reverse(f"observers:{n}", args=[locked.name, *more])).status_code
            for n, more in places.items()
        }

    assert answers(analyst) == {403}
    Study.objects.filter(pk=locked.pk).update(state=Study.State.CLOSED)
    assert answers(client_of(locked.owner)) == {403}
