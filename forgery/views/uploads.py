"""Pages that take photographs from the coordinator's computer, and mend rows."""

from __future__ import annotations

import csv

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from forgery import policies
from forgery.exceptions import WrongInput
from forgery.forms import lesions
from forgery.forms.uploads import MendForm, UploadForm
from forgery.models import Pool
from forgery.permissions import rule, with_files
from forgery.selectors import problems as selectors
from forgery.selectors.problems import FIELDS
from forgery.services import mending, starting
from forgery.views.sending import go_on

PAGE = 50


@with_files
@rule(policies.imports)
@never_cache
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take photographs with their labels, and import them as a job."""
    initial = {"pool": request.GET.get("pool")}
    is_sent = request.method == "POST"
    form = UploadForm(
        request.POST if is_sent else None,
        request.FILES if is_sent else None,
        initial=initial,
    )
    if form.is_valid():
        try:
            job = starting.start_upload(
                owner=request.user,
                files=form.cleaned_data["photographs"],
                table=form.cleaned_data["table"],
                **form.arguments(),
            )
        except WrongInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The import is queued; here is how it goes."))
            return go_on(request, job)
    status = 400 if form.errors else 200
    return render(request, "forgery/upload.html", {"form": form}, status=status)


@with_files
@rule(policies.imports)
@never_cache
@require_http_methods(["GET", "POST"])
def problems(request: HttpRequest, name: str) -> HttpResponse:
    """Show the rows that an import could not take; import those that are mended."""
    found = get_object_or_404(Pool, name=name)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = MendForm(*sent)
    if form.is_valid():
        try:
            jobs = mending.mend(
                pool=found,
                owner=request.user,
                cells=_cells(request, found, form),
                files=form.cleaned_data["photographs"],
                left_out=_ticked(request),
            )
        except WrongInput as error:
            form.add_error(None, str(error))
        else:
            said = _("The mended rows are queued, and no others.")
            messages.success(request, said if jobs else _("The ticked rows are out."))
            return go_on(request, jobs[0] if jobs else request.path)
    return _problems_page(request, found, form)


def _problems_page(request: HttpRequest, pool: Pool, form: MendForm) -> HttpResponse:
    """Show a page of rows, each with its cells to be mended."""
    page = Paginator(selectors.open_problems(pool), PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "pool": pool,
        "form": form,
        "page": page,
        "lines": [selectors.line_of(problem, lesions()) for problem in page],
        "labels": selectors.unknown_labels(pool),
        "lesions": lesions(),
    }
    status = 400 if form.errors else 200
    return render(request, "forgery/problems.html", context, status=status)


def _cells(request: HttpRequest, pool: Pool, form: MendForm) -> mending.Cells:
    """Collect the cells: labels named once, then the rows, then the table."""
    named = {
        value: meant
        for number, (value, _n) in enumerate(selectors.unknown_labels(pool))
        if (meant := request.POST.get(f"label-{number}"))
    }
    rows = {
        problem.pk: {
            field: text.strip()
            for field in FIELDS
            if (text := request.POST.get(f"{field}-{problem.pk}")) is not None
        }
        for problem in selectors.open_problems(pool)
    }
    cells = mending.labelled(pool, rows, named)
    table = form.cleaned_data["table"]
    return cells if table is None else {**cells, **mending.read_table(table)}


def _ticked(request: HttpRequest) -> list[int]:
    """Find the rows that are ticked to be left out."""
    return [int(pk) for pk in request.POST.getlist("leave-out") if pk.isdecimal()]


@rule(policies.looks)
@require_GET
def problems_csv(_request: HttpRequest, name: str) -> HttpResponse:
    """Send the table of problems, to be mended in a spreadsheet and sent back."""
    found = get_object_or_404(Pool, name=name)
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-problems.csv"'
    columns = ["problem", "row", *FIELDS, "field", "what is wrong", "what to do"]
    writer = csv.DictWriter(answer, columns)
    writer.writeheader()
    writer.writerows(
        {key: _plain(value) for key, value in row.items()}
        for row in selectors.table(found)
    )
    return answer


def _plain(value: object) -> object:
    """Keep a spreadsheet from taking a cell for a formula."""
    is_formula = isinstance(value, str) and value[:1] in mending.FORMULAS
    return f"'{value}" if is_formula else value
