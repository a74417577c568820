"""Curves and cells that tags write whole: escaped, and a dash for what is not there."""

from observers.templatetags.chart_shapes import curves
from observers.templatetags.report_numbers import estimates


def shape(kind, **more):
    return {
        "kind": kind,
        "key": "doctors",
        "mark": "m-other-0",
        "label": "R01 & <b>",
        "points": "30,268 290,8",
        **more,
    }


def test_bands_are_areas_and_readers_lines_with_their_names_escaped():
    drawn = curves([shape("band"), shape("reader"), shape("reader", points="")])

    same = 'data-label="R01 &amp; &lt;b&gt;" points="30,268 290,8"/>'
    assert drawn == (
        '<polygon class="band m-other-0" data-series="doctors" data-kind="band" '
        f'{same}<polyline class="reader m-other-0" data-series="doctors" '
        f'data-kind="reader" {same}'
    )


def test_curves_of_two_groups_keep_their_own_colours():
    drawn = curves([shape("reader"), shape("reader", key="machines", mark="m-other-1")])

    assert drawn.count('class="reader m-other-0" data-series="doctors"') == 1
    assert drawn.count('class="reader m-other-1" data-series="machines"') == 1


def test_a_call_is_a_point_that_says_what_it_is():
    drawn = curves([shape("call", points="", x="95", y="73.5")])

    assert drawn == (
        '<circle class="call m-other-0" data-series="doctors" data-kind="call" '
        'cx="95" cy="73.5" r="4.5"><title>R01 &amp; &lt;b&gt;</title></circle>'
    )


def test_each_area_is_a_cell_and_an_undefined_one_a_dash():
    cells = estimates([{"auc": 0.51236, "ci": [0.25, 0.75]}, None])

    assert cells == (
        '<td class="number">0.512 <span class="interval">[0.250, 0.750]</span></td>'
        '<td class="number">\N{EN DASH} <span class="interval"></span></td>'
    )
