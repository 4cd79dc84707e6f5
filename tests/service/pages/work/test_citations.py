"""References in the formats of reference managers."""

import pytest

from service.pages.work.bibliography import identity_of, names_of, reference_of, safe_url
from service.pages.work.citations import NO_BIBTEX, NO_END, NO_ITEM, NO_TITLE, NoCitations, entries_of

RIS = """\
TY  - JOUR
AU  - Shannon, Claude E.
AU  - Bell Laboratories
PY  - 1948/07//
TI  - A Mathematical Theory
 of communication
JO  - Bell System Technical Journal
SP  - 379
EP  - 423
AB  - A long abstract.
DO  - https://doi.org/10.1002/j.1538-7305.1948.tb01338.x
UR  - javascript:alert(1)
ER  -\x20
"""
BIBTEX = r"""
@string{bell = "Bell System Technical Journal"}
@comment{written by hand}
@article{a1, title = {{\"U}ber St{\"a}dte \& Kring}, author = {M{\"u}ller, Jan and {Gemeente Zwolle} and Piet van der Berg},
  journal = bell, year = 2014, url = {\url{https://a.example/x\_y%20z}}, pages = {1--9}}
@book{broken, title = {Open, author = "x"
@misc{bare, note = "no title", journal = elsewhere}
@BOOK(last, title="Good", year=1999)
"""


def test_ris_is_read_with_continued_lines_and_without_abstracts() -> None:
    (entry,) = entries_of(f"\ufeff{RIS}")
    assert entry.csl == {
        "type": "article-journal",
        "title": "A Mathematical Theory of communication",
        "author": [{"family": "Shannon", "given": "Claude E."}, {"literal": "Bell Laboratories"}],
        "issued": {"date-parts": [[1948]]},
        "container-title": "Bell System Technical Journal",
        "DOI": "10.1002/j.1538-7305.1948.tb01338.x",
        "page": "379–423",
    }


def test_an_entry_of_ris_without_end_or_title_is_named() -> None:
    entries = entries_of(f"TY  - BOOK\nT1  - Open\n{RIS}TY  - RPRT\nAU  - X\nER  - \nTY  - BOOK\nTI  - Last")
    assert [(one.label, one.wrong) for one in entries] == [
        ("Open", NO_END),
        ("A Mathematical Theory of communication", None),
        ("…", NO_TITLE),
        ("Last", NO_END),
    ]


def test_bibtex_is_read_with_its_tex_and_one_broken_entry_spoils_no_other() -> None:
    first, *others = entries_of(BIBTEX)
    assert first.csl == {
        "type": "article-journal",
        "title": "Über Städte & Kring",
        "author": [
            {"given": "Jan", "family": "Müller"},
            {"literal": "Gemeente Zwolle"},
            {"given": "Piet", "non-dropping-particle": "van der", "family": "Berg"},
        ],
        "issued": {"date-parts": [[2014]]},
        "container-title": "Bell System Technical Journal",
        "URL": "https://a.example/x_y%20z",
        "page": "1–9",
    }
    assert [(one.label, one.wrong) for one in others] == [("broken", NO_BIBTEX), ("bare", NO_TITLE), ("Good", None)]


def test_csl_json_is_taken_as_it_is_except_for_its_abstract() -> None:
    entries = entries_of('[{"type": "book", "title": "A", "abstract": "x", "custom": {"a": 1}}, {"title": "B"}, 3]')
    assert [one.csl for one in entries] == [{"type": "book", "title": "A", "custom": {"a": 1}}, None, None]
    assert [one.wrong for one in entries] == [None, NO_ITEM, NO_ITEM]
    assert entries_of('{"type": "book", "title": "A"}')[0].csl == {"type": "book", "title": "A"}


@pytest.mark.parametrize("text", ["", "hello", "[", "[]", "@", "@comment{x}"])
def test_a_text_in_no_format_is_refused(text: str) -> None:
    with pytest.raises(NoCitations):
        entries_of(text)


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://a.example/x", True),
        ("http://a.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_only_addresses_on_the_web_are_linked_to(address: str, safe: bool) -> None:
    assert (safe_url(address) is not None) is safe
    assert (reference_of({"type": "book", "URL": address}).url is not None) is safe


def test_a_reference_is_read_from_whatever_a_program_wrote() -> None:
    odd = {"type": 3, "title": ["A"], "author": [3, {"family": "B", "given": "C"}, {}], "issued": {"raw": "in 2011"}}
    found = reference_of(odd)
    assert (found.title, found.authors, found.year, found.url) == ("", ["C B"], "2011", None)
    assert reference_of({"type": "book", "author": "x", "issued": [2011]}).authors == []
    assert reference_of(None).title == ""
    assert reference_of({"DOI": "10.1000/182?x=<y>"}).url == "https://doi.org/10.1000/182%3Fx%3D%3Cy%3E"


def test_items_about_one_source_are_recognised_however_they_are_written() -> None:
    one = {"title": "Über {Städte}", "author": [{"family": "Müller"}], "issued": {"date-parts": [["2014", 3]]}}
    other = {"title": "UBER STÄDTE.", "author": [{"literal": "Müller"}], "issued": {"date-parts": [[2014]]}}
    assert identity_of(one) == identity_of(other)
    assert identity_of({"DOI": "10.1000/ABC", "title": "A"}) == identity_of({"DOI": "https://doi.org/10.1000/abc"})
    assert identity_of(one) != identity_of({**one, "issued": {"date-parts": [[2015]]}})


def test_names_are_read_one_from_each_line() -> None:
    assert names_of("Berg, Piet van der\n\nGemeente Zwolle\n") == [
        {"family": "Berg", "given": "Piet van der"},
        {"literal": "Gemeente Zwolle"},
    ]
