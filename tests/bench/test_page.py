"""The performance page agrees with the stored figures."""

import json

from bench.page import FIGURES, PAGE, PICTURE, merged, with_figures
from bench.picture import picture

RESULTS = json.loads(FIGURES.read_text())


def test_the_tables_of_the_page_contain_the_stored_figures() -> None:
    page = PAGE.read_text()
    assert with_figures(page, RESULTS) == page


def test_a_different_figure_changes_the_page() -> None:
    page = PAGE.read_text()
    other = {**RESULTS, "rows": [{**row, "kring": 12_345} for row in RESULTS["rows"]]}
    assert "12 345" in with_figures(page, other)


def test_the_picture_is_drawn_from_the_stored_figures() -> None:
    assert PICTURE.read_text() == picture(RESULTS)


def test_rows_that_were_not_measured_again_stay_on_the_same_machine() -> None:
    first, *others = RESULTS["rows"]
    again = {**RESULTS, "rows": [{**first, "kring": 12_345}]}
    assert merged(RESULTS, again)["rows"] == [{**first, "kring": 12_345}, *others]
    elsewhere = {**again, "machine": {**RESULTS["machine"], "cores": 3}}
    assert merged(RESULTS, elsewhere)["rows"] == elsewhere["rows"]
