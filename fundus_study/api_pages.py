"""How the API gives long lists out: page by page, with a limit."""

from __future__ import annotations

from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """``page`` and ``page_size`` of an address; at most 500 rows at once."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
