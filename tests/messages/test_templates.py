"""The words of messages, in the language of the reader."""

from dataclasses import replace
from string import Formatter
from typing import Final

import pytest
from django.utils.translation import override

from bekal.messages import templates
from bekal.messages.codes import CODE
from bekal.messages.services import write_many_sql
from bekal.messages.templates import Placeholder, Stored, Template, Words, register_template, words_of
from tests.messages.conftest import GIVEN

VALUES: Final[dict[str, Stored]] = {"amount_idr": 1_300_000, "day": "2021-12-15", "title": "Kue {day} & <kopi>"}
REGISTERED = [template for template in templates._TEMPLATES.values() if not template.code.startswith("tests.")]


def test_values_are_written_as_the_reader_writes_them() -> None:
    with override("en"):
        words = words_of(template="tests.owed", values=VALUES)
    assert words == Words(
        title="About Kue {day} & <kopi>", text="Rp1.300.000 is owed for “Kue {day} & <kopi>” until 15 December 2021."
    )
    with override("id"):
        assert words_of(template="tests.owed", values=VALUES).text.endswith("until 15 Desember 2021.")


def test_words_are_those_of_the_language_at_reading() -> None:
    read = {}
    for language in ("id", "en"):
        with override(language):
            read[language] = words_of(template=GIVEN.code, values={}).title
    assert read == {"id": "Pelatihan", "en": "Trainings"}


def test_a_template_is_registered_once() -> None:
    with pytest.raises(ValueError, match=r"tests\.given"):
        register_template(GIVEN)


@pytest.mark.parametrize(
    ("title", "text", "placeholders"),
    [
        ("About {title}", "Nothing.", {}),
        ("About", "Nothing.", {"title": Placeholder.TITLE}),
        ("About {title}", "{amount_idr}", {"title": Placeholder.TITLE}),
    ],
)
def test_a_template_that_lacks_a_value_or_has_one_too_many_is_refused_when_it_is_loaded(
    title: str, text: str, placeholders: dict[str, Placeholder]
) -> None:
    template = replace(
        GIVEN,
        code="tests.wrong",
        title=title,  # type: ignore[arg-type]
        text=text,  # type: ignore[arg-type]
        placeholders=placeholders,
    )
    with pytest.raises(ValueError, match=r"tests\.wrong has no place for, or no value of"):
        register_template(template)
    assert "tests.wrong" not in templates._TEMPLATES


def test_a_secret_is_no_value_that_a_message_keeps() -> None:
    code = templates.template_of(CODE)
    assert (code.stored({}), dict(code.kept)) == ({}, {})
    with pytest.raises(TypeError):
        code.stored({"code": "123456"})
    with pytest.raises(TypeError):
        write_many_sql(template=CODE, select="")


@pytest.mark.parametrize("template", REGISTERED, ids=lambda template: template.code)
def test_every_registered_template_is_whole_in_both_languages(template: Template) -> None:
    texts = {}
    for language in ("id", "en"):
        with override(language):
            texts[language] = [str(template.title), str(template.text)]
        named = {name for text in texts[language] for _, name, _, _ in Formatter().parse(text) if name is not None}
        assert named == set(template.placeholders)
    assert all(indonesian != english for indonesian, english in zip(texts["id"], texts["en"], strict=True))


@pytest.mark.parametrize("template", REGISTERED, ids=lambda template: template.code)
def test_every_registered_template_is_named_after_a_room_and_fits_its_column(template: Template) -> None:
    assert template.code.partition(".")[1] == "."
    assert len(template.code) <= 64
    assert all(name.isidentifier() and name.islower() for name in template.placeholders)
