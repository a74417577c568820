"""A worksheet whose numbers keep all their digits."""

from __future__ import annotations

from typing import Any

from xlsxwriter.worksheet import Worksheet


class ExactSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter is not typed
    """Writes numbers by ``repr``; XlsxWriter rounds them to 16 digits."""

    def _xml_number_element(self, number: Any, attributes: Any = ()) -> None:
        """
        Write a cell with a number.

        Parameters
        ----------
        number : float or int
            The number.
        attributes : sequence of tuple, optional
            Attributes of the cell.
        """
        cell = "".join(f' {key}="{value}"' for key, value in attributes)
        text = str(number) if isinstance(number, int) else repr(float(number))
        self.fh.write(f"<c{cell}><v>{text}</v></c>")
