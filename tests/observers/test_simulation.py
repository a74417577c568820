"""Simulated readers go the way of people, and never mix with them."""

import pytest

from observers.analysis import paper
from observers.exceptions import RealReaders, WrongState
from observers.models import Rating, Study
from observers.models.protocol import Group, Scale
from observers.selectors.readings import readings_table
from observers.services import simulation
from observers.services.verification import verify_study
from tests import factories

GROUPS = (
    Group("ophthalmologists", "Ophthalmologists", 2, 10),
    Group("general-doctors", "General doctors", 1, 5),
)


def planned(**changes) -> Study:
    return factories.StudyFactory(
        protocol=factories.tiny_protocol(groups=GROUPS, **changes)
    )


def read(study, seed=1):
    study = simulation.prepare(study=study, seed=seed)
    steps = list(simulation.simulate_readers(study=study, seed=seed))
    return study, steps


@pytest.fixture
def simulated(db) -> Study:
    return read(planned())[0]


def scores(study):
    rows = Rating.objects.filter(session__enrolment__study=study).values_list(
        "session__enrolment__pseudonym", "session__opt_set__lesion", "score"
    )
    return sorted(rows)


def test_planned_readers_read_every_case_once(simulated):
    table = readings_table(simulated)

    assert table.shape == (3, 1, 8)
    assert table.n_missing == 0
    assert table.group_names == ("ophthalmologists", "general-doctors")
    assert simulated.is_simulated
    assert all(e.is_simulated for e in simulated.enrolments.all())
    assert verify_study(study=simulated).is_sound


def test_years_are_above_the_groups_least(simulated):
    for enrolment in simulated.enrolments.select_related("group"):
        least = 10 if enrolment.group.key == "ophthalmologists" else 5
        assert enrolment.years > least


def test_simulated_reader_cannot_log_in(simulated):
    user = simulated.enrolments.first().user

    assert not user.is_active
    assert not user.has_usable_password()


def test_progress_is_told_step_by_step(db):
    _study, steps = read(planned())

    assert [step.done for step in steps] == list(range(1, 25))
    assert {step.total for step in steps} == {24}


def test_cut_off_simulation_goes_on_to_the_same_ratings(db):
    pool = factories.tiny_pool().pool
    protocol = factories.tiny_protocol(groups=GROUPS)
    whole = factories.StudyFactory(name="whole", pool=pool, protocol=protocol)
    read(whole)
    before = scores(whole)
    cut = simulation.prepare(
        study=factories.StudyFactory(name="cut", pool=pool, protocol=protocol), seed=1
    )
    started = simulation.simulate_readers(study=cut, seed=1)
    for _ in range(5):
        next(started)
    started.close()

    list(simulation.simulate_readers(study=cut, seed=1))

    assert len(scores(cut)) == len(before) == 24
    assert verify_study(study=cut).is_sound


def test_another_seed_gives_other_ratings(db):
    pool = factories.tiny_pool().pool
    found = []
    for seed in (1, 2):
        study = factories.StudyFactory(
            name=f"seed-{seed}",
            pool=pool,
            protocol=factories.tiny_protocol(groups=GROUPS),
        )
        found.append(scores(read(study, seed)[0]))

    assert found[0] != found[1]


def test_study_with_people_is_refused(study):
    with pytest.raises(RealReaders, match="R01, R02"):
        simulation.prepare(study=study, seed=1)
    with pytest.raises(RealReaders):
        list(simulation.simulate_readers(study=study, seed=1))
    assert not Rating.objects.exists()


def test_people_cannot_join_a_simulated_study_nor_the_reverse(db):
    simulated, real = planned(), planned()
    simulation.enrol_simulated(study=simulated, seed=1)
    factories.enrol(real, group="ophthalmologists")

    with pytest.raises(RealReaders):
        factories.enrol(simulated, group="ophthalmologists")
    with pytest.raises(RealReaders):
        simulation.enrol_simulated(study=real, seed=1)


def test_readers_auc_is_the_papers_on_average(simulated):
    aucs = simulation.reader_aucs(simulated)
    cited = paper.GROUP_AUC["ophthalmologists"]["glaucoma"].value

    mean = (aucs["R01"]["glaucoma"] + aucs["R02"]["glaucoma"]) / 2

    assert mean == pytest.approx(cited)


def test_unknown_group_reads_like_the_mean_of_the_papers_readers():
    assert simulation.paper_auc("nurses", "glaucoma") == simulation.OTHER_AUC


@pytest.mark.parametrize(("score", "expected"), [(0, 1), (49, 3), (50, 3), (100, 5)])
def test_ratings_fit_the_protocols_scale(score, expected):
    given = simulation.on_scale(score, Scale(minimum=1, maximum=5))

    assert given == {"kind": "slider", "value": expected}


def test_closed_study_is_not_read(db):
    study = planned()
    simulation.enrol_simulated(study=study, seed=1)
    Study.objects.filter(pk=study.pk).update(state="closed", protocol_hash="0" * 64)
    study.refresh_from_db()

    prepared = simulation.prepare(study=study, seed=1)

    assert prepared.state == "closed"
    with pytest.raises(WrongState):
        simulation.freezing.freeze_study(study=prepared, user=None)
