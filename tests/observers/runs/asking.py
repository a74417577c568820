"""Ask for a run of a locked study."""

from observers.selectors.runs import asked
from observers.services import analysing


def run_of(study, **changes):
    return analysing.run_analysis(
        study=study, settings=asked(study, changes), user=None
    )
