"""Every message has its Indonesian words, and the pages speak the language that was chosen."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client

import bekal
from tests.web.conftest import Visit
from tests.web.reading import body_of, text_of
from tests.web.village import Village

_SOURCE: Final = Path(bekal.__file__).parent
_KEYWORDS: Final = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
}
_TRANSLATE: Final = re.compile(r"""{%\s*trans(?:late)?\s+(?:"([^"]+)"|'([^']+)')[^%]*%}""")
_BLOCK: Final = re.compile(r"{%\s*blocktrans(?:late)?\b([^%]*)%}(.*?){%\s*endblocktrans(?:late)?\s*%}", re.DOTALL)
_CONSTANT: Final = re.compile(r"""_\("([^"]+)"\)""")
_PLURAL: Final = re.compile(r"{%\s*plural\s*%}")
_PLACEHOLDER: Final = re.compile(r"%\([a-z_]+\)s|{[a-z_]+}")

Message = str | tuple[str, ...]


def messages_in_code() -> Iterator[Message]:
    for path in sorted(_SOURCE.rglob("*.py")):
        with path.open("rb") as file:
            for _line, message, _comments, _context in extract("python", file, keywords=_KEYWORDS):
                yield message


def messages_in_templates() -> Iterator[Message]:
    for path in sorted(_SOURCE.rglob("templates/**/*")):
        if path.is_dir():
            continue
        text = path.read_text(encoding="utf-8")
        for double, single in _TRANSLATE.findall(text):
            yield double or single
        yield from _CONSTANT.findall(text)
        for options, inside in _BLOCK.findall(text):
            parts = tuple(_as_message(part, is_trimmed="trimmed" in options) for part in _PLURAL.split(inside))
            yield parts if len(parts) > 1 else parts[0]


def _as_message(part: str, *, is_trimmed: bool) -> str:
    named = re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", part.replace("%", "%%"))
    return " ".join(line.strip() for line in named.strip().splitlines()) if is_trimmed else named


def catalogue() -> Catalog:
    with Path(settings.LOCALE_PATHS[0], "id", "LC_MESSAGES", "django.po").open("rb") as file:
        return read_po(file)


def words(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]


def test_every_message_of_the_tree_and_no_other_is_translated() -> None:
    wanted = {words(message)[0] for message in [*messages_in_code(), *messages_in_templates()]}
    translated = {words(message.id)[0] for message in catalogue() if message.id and all(words(message.string))}

    assert (sorted(wanted - translated), sorted(translated - wanted)) == ([], [])


def test_no_translation_is_a_guess() -> None:
    assert [message.id for message in catalogue() if message.fuzzy and message.id] == []


def test_translations_keep_every_placeholder() -> None:
    broken = [
        message.id
        for message in catalogue()
        if message.id
        for translation in words(message.string)
        if set(_PLACEHOLDER.findall(translation)) != set(_PLACEHOLDER.findall(words(message.id)[-1]))
    ]
    assert broken == []


def test_what_is_compiled_is_what_is_written() -> None:
    compiled_path = Path(settings.LOCALE_PATHS[0], "id", "LC_MESSAGES", "django.mo")
    assert compiled_path.exists(), "run `make setup`, which compiles the translations"
    with compiled_path.open("rb") as file:
        compiled = read_mo(file)

    assert {words(message.id)[0]: words(message.string) for message in compiled if message.id} == {
        words(message.id)[0]: words(message.string) for message in catalogue() if message.id
    }


def test_indonesian_is_spoken_whatever_the_browser_prefers(village: Village) -> None:
    page = Client(headers={"accept-language": "en-US,en;q=0.9"}).get("/")

    assert '<html lang="id">' in body_of(page)
    assert page.headers["Content-Language"] == "id"
    assert "Accept-Language" not in page.headers["Vary"]


def test_the_switch_changes_the_language_and_stays_on_the_page(village: Village, visit: Visit) -> None:
    browser = visit(village.sari)
    page = browser.get("/catalogue/?q=kopi&fits=1")
    assert '<input type="hidden" name="next" value="/catalogue/?q=kopi&amp;fits=1">' in body_of(page)

    answer = browser.post("/i18n/setlang/", {"language": "en", "next": "/catalogue/?q=kopi&fits=1"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/catalogue/?q=kopi&fits=1")
    english = browser.get("/")
    assert '<html lang="en">' in body_of(english)
    assert "Hello, Sari" in text_of(english)
    rest = "What you do not spend goes back to the state treasury after 15 December 2021. Today that is Rp300.000."
    assert rest in text_of(english)

    browser.post("/i18n/setlang/", {"language": "id", "next": "/"})
    assert '<html lang="id">' in body_of(browser.get("/"))


def test_the_switch_leads_nowhere_else(village: Village) -> None:
    answer = Client().post("/i18n/setlang/", {"language": "en", "next": "https://example.com/"})

    assert answer.headers["Location"] == "/"


def test_an_unknown_language_changes_nothing(village: Village) -> None:
    browser = Client()
    browser.post("/i18n/setlang/", {"language": "xx", "next": "/"})
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "../../etc"

    assert '<html lang="id">' in body_of(browser.get("/"))


def test_english_pages_have_no_indonesian_sentence_of_ours(village: Village, visit: Visit) -> None:
    browser = visit(village.sari)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    translated = {
        translation
        for message in catalogue()
        if message.id
        for translation in words(message.string)
        if "%" not in translation and "{" not in translation and " " in translation and translation not in words(message.id)
    }
    for address in ("/", "/balance/", "/catalogue/", "/catalogue/KUE-01/", "/catalogue/KUE-01/buy/", "/catalogue/X/"):
        text = text_of(browser.get(address))
        assert [sentence for sentence in translated if sentence in text] == []
