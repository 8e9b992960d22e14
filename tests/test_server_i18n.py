"""Translations: texts are collected for translators, and page, scripts and errors show them."""

import html
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from live import LiveServer
from server_helpers import Socket

from engine.text.phrases import rendered
from engine.text.validation import characters
from scripts import texts as script
from server.config.settings import Settings
from server.i18n.translations import Translations

LANGUAGE = "eo"  # stands for a language that marks every text ⟦so⟧


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("locales")
    catalog = Catalog(locale=LANGUAGE, charset="utf-8")
    for message in script.collected():
        if message.id:
            texts = [f"⟦{text}⟧" for text in (message.id if message.pluralizable else (message.id,))]
            catalog.add(
                message.id,
                tuple(texts) if message.pluralizable else texts[0],
                message.locations,
                context=message.context,
            )
    target = folder / LANGUAGE / "LC_MESSAGES" / "messages.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, catalog)
    (folder / LANGUAGE / "texts.json").write_text(json.dumps(script.script_table(catalog)), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def translated(locales: Path) -> Iterator[str]:
    with LiveServer(Settings(port=0, plain=True), locales) as server:
        yield server.url


def body_of(page: str) -> str:
    return re.sub(r"<script.*?</script>", "", page, flags=re.S)


def test_every_text_of_the_page_is_translated(translated: str) -> None:
    page = httpx2.get(translated + "/", params={"lang": LANGUAGE}).text
    assert f'<html lang="{LANGUAGE}">' in page
    body = body_of(page)
    body = re.sub(r"<button[^>]*data-feature.*?</button>", "", body, flags=re.S)  # formulas
    body = re.sub(r"<kbd>.*?</kbd>", "", body)  # what stands on the keys
    body = re.sub(r"<a [^>]*hreflang=.*?</a>", "", body)  # the other language's own name
    shown = [html.unescape(text).strip() for text in re.findall(r">([^<>]+)<", body)]
    shown += [html.unescape(text) for text in re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]+)"', body)]
    words = [text for text in shown if re.search(r"[A-Za-zé]{2,}", text)]
    formulas = re.compile(r"(x[12]|sin|[()^ \d])+")
    plain = [text for text in words if not text.startswith("⟦") and not formulas.fullmatch(text)]
    assert len(words) > 60
    assert plain == []


def test_the_texts_of_the_scripts_are_translated(translated: str) -> None:
    page = httpx2.get(translated + "/", params={"lang": LANGUAGE}).text
    found = re.search(r'<script type="application/json" id="texts"[^>]*>(.*?)</script>', page, re.S)
    assert found
    table = json.loads(found[1])
    assert table["Reconnect now"] == "⟦Reconnect now⟧"
    assert table["{field} {allowed}. Your value: “{value}”."] == "⟦{field} {allowed}. Your value: “{value}”.⟧"
    assert table["{count} neuron"] == {"one": "⟦{count} neuron⟧", "other": "⟦{count} neurons⟧"}


def test_upload_errors_are_in_the_readers_language(translated: str) -> None:
    def told(text: str, **query: str) -> Any:
        return httpx2.post(translated + "/table", params={"lang": LANGUAGE, **query}, content=text).json()

    assert told("")["allowed"] == "⟦The table is empty: it needs at least one row⟧"
    answer = told("a,b,c\n1,2,x\n1,2\n4,?,y\n", x="a", y="b", target="c", classes="true")
    assert answer["allowed"].startswith("⟦The target needs")
    assert told("a,b,c\n1,2,x\n1,2\n")["problems"] == ["⟦Line 3: 2 fields instead of 3⟧"]
    for example in httpx2.get(translated + f"/examples?lang={LANGUAGE}").json():
        names = [example["label"], *example["own"]["columns"], *example["own"]["classes"]]
        assert all(name.startswith("⟦") for name in names)


@pytest.mark.parametrize(
    ("query", "headers"),
    [(f"?lang={LANGUAGE}", {}), ("", {"Accept-Language": f"xx, {LANGUAGE}-EO;q=0.8, en;q=0.5"})],
    ids=["asked for", "accepted"],
)
def test_protocol_errors_are_in_the_language_of_the_page(translated: str, query: str, headers: dict[str, str]) -> None:
    with Socket(translated, query, additional_headers=headers) as page:
        page.hello()
        page.say("speed", speed="2")
        assert page.receive()["allowed"] == "⟦must be ⟦one of 1, 10, 100, max⟧⟧"
        page.send(b"")
        error = page.receive()
        assert (error["value"], error["allowed"]) == ("⟦binary data⟧", "⟦must be JSON text⟧")
        page.say("focus", unit=-1)
        assert page.receive()["allowed"] == "⟦must be ⟦⟦⟦a whole number⟧ between 0 and 1⟦,⟧000⟧ or ⟦null⟧⟧⟧"


def test_link_notices_are_in_the_language_of_the_page(translated: str) -> None:
    with Socket(translated, f"?lang={LANGUAGE}") as page:
        page.say("hello", link="tutorial=x&noise=-1")
        notices = page.next("accepted")["run"]["notices"]
        assert [notice["allowed"] for notice in notices] == [
            "⟦is ignored because it has no effect here⟧",
            "⟦must be ⟦⟦a number⟧ between 0 and 80⟧⟧",
        ]


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        ("eo", "en", "eo"),
        (None, "eo", "eo"),
        (None, "eo-EO;q=0.3", "eo"),
        (None, "xx, EO", "eo"),
        (None, "en, eo", "en"),
        ("xx", "eo", "eo"),
        (None, "", "en"),
        ("../../etc", "*", "en"),
    ],
)
def test_the_language_comes_from_the_url_or_the_browser(
    locales: Path, asked: str | None, accepted: str, chosen: str
) -> None:
    assert Translations(locales).chosen(asked, accepted) == chosen


def test_a_remembered_language_precedes_the_browsers(locales: Path) -> None:
    texts = Translations(locales)
    assert texts.chosen(None, "en", remembered="eo") == "eo"
    assert texts.chosen("en", "en", remembered="eo") == "en"
    assert texts.chosen(None, "eo", remembered="../x") == "eo"


def test_a_page_remembers_the_language_of_its_url(translated: str) -> None:
    with httpx2.Client(base_url=translated, headers={"Accept-Language": "en"}) as client:
        first = client.get("/", params={"lang": LANGUAGE})
        cookie = first.headers["set-cookie"]
        assert cookie.startswith(f"lang={LANGUAGE};")
        assert all(part in cookie for part in ("Path=/", "SameSite=lax", "HttpOnly", "Max-Age="))
        second = client.get("/")
        assert f'<html lang="{LANGUAGE}">' in second.text
        assert "set-cookie" not in second.headers
        assert {first.headers["vary"], second.headers["vary"]} == {"Accept-Language, Cookie, Accept-Encoding"}
        assert "set-cookie" not in client.get("/", params={"lang": "xx"}).headers
        assert '<html lang="en">' in client.get("/", params={"lang": "en"}).text
        assert '<html lang="en">' in client.get("/").text


def test_a_page_links_to_itself_in_other_languages(translated: str) -> None:
    page = httpx2.get(translated + "/", params={"lang": "en", "lesson": "xor"}).text
    link = re.search(r'<a [^>]*href="([^"]*)" lang="(\w+)" hreflang="(\w+)">([^<]*)</a>', page)
    assert link
    assert html.unescape(link[1]) == f"?lang={LANGUAGE}&lesson=xor"
    assert (link[2], link[3], link[4]) == (LANGUAGE, LANGUAGE, "⟦English⟧")


def test_english_needs_no_catalogue(locales: Path, tmp_path: Path) -> None:
    assert Translations(tmp_path / "missing").languages == ("en",)
    texts = Translations(locales)
    assert texts.languages == ("en", "eo")
    assert texts.catalogue("en").gettext("Reconnect now") == "Reconnect now"
    assert texts.for_scripts("en") == {}


# Finished translations


@pytest.mark.parametrize("language", ["ru"])
def test_every_text_has_a_translation_with_the_same_placeholders(language: str) -> None:
    (path,) = [path for path in script.catalogues() if path.parent.parent.name == language]
    assert script.untranslated(path) == []


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "1 символ"),
        (2, "2 символа"),
        (5, "5 символов"),
        (21, "21 символ"),
        (2_000_000, "2\u00a0000\u00a0000 символов"),
    ],
)
def test_a_count_takes_its_form_in_russian(count: int, text: str) -> None:
    assert characters(count).render(Translations(script.LOCALES).catalogue("ru")) == text


def test_numbers_are_written_as_in_russian() -> None:
    texts = Translations(script.LOCALES).catalogue("ru")
    assert [rendered(number, texts) for number in (0.00001, -1234.5, 1.7e147)] == [
        "0,00001",
        "−1\u00a0234,5",
        "1,7·10¹⁴⁷",
    ]


def test_the_table_of_the_scripts_has_a_form_for_each_plural_category() -> None:
    forms = Translations(script.LOCALES).for_scripts("ru")["{count} neuron"]
    assert forms == {
        "one": "{count} нейрон",
        "few": "{count} нейрона",
        "many": "{count} нейронов",
        "other": "{count} нейрона",
    }


@pytest.mark.parametrize(
    ("forms", "mistake"),
    [
        (("{count} neŭrono", ""), "has no translation, or not in every form"),
        (("{count} neŭrono", "neŭronoj"), "has other parts in its translation 'neŭronoj'"),
    ],
)
def test_a_plural_without_all_fitting_forms_is_named(tmp_path: Path, forms: tuple[str, str], mistake: str) -> None:
    catalog = Catalog(locale=LANGUAGE, charset="utf-8")
    for message in script.collected():
        if message.id:
            chosen = forms if message.id == ("{count} neuron", "{count} neurons") else message.id
            catalog.add(message.id, chosen, context=message.context)
    path = tmp_path / "messages.po"
    path.write_text(script.as_text(catalog), encoding="utf-8")
    (found,) = script.untranslated(path)
    assert mistake in found


@pytest.mark.parametrize(
    ("source", "translation", "mistake"),
    [
        ("Tanh", "", "'Tanh' has no translation"),
        ("Class {number}", "klaso", "'Class {number}' has other parts in its translation 'klaso'"),
        ("Class {number}", "klaso {nombro}", "has other parts"),
        ("Lesson %(number)d of %(count)d", "Leciono %(number)d", "has other parts"),
        ("Noise:", "Bruo", "has other parts"),
        ("Tanh", "<b>Tanh</b>", "has other parts"),
    ],
)
def test_a_missing_or_mismatched_translation_is_reported(
    tmp_path: Path, source: str, translation: str, mistake: str
) -> None:
    catalog = Catalog(locale=LANGUAGE, charset="utf-8")
    for message in script.collected():
        if message.id:
            catalog.add(message.id, translation if message.id == source else message.id, context=message.context)
    path = tmp_path / "messages.po"
    path.write_text(script.as_text(catalog), encoding="utf-8")
    (found,) = script.untranslated(path)
    assert mistake in found


# Collecting texts


def test_texts_are_collected_from_labels_templates_scripts_and_errors() -> None:
    catalog = script.collected()
    for text in ("Sigmoid", "XOR", "Regression", "Stop conditions", "Learning rate", "Reconnect now",
                 "must be {what}", "must come after hello", "What is a neural network?",
                 "uniform within ±0.5, biases 0.1"):  # fmt: skip
        assert text in catalog, text


def test_texts_in_template_literals_are_collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = tmp_path / "static" / "js"
    scripts.mkdir(parents=True)
    (scripts / "one.js").write_text('const said = `${direction} ${_("Just so.")}`;\n')
    monkeypatch.setattr(script, "ROOT", tmp_path)
    assert "Just so." in script.collected()


def test_the_catalogue_template_changes_only_with_a_text() -> None:
    text = script.as_text(script.collected())
    assert text == script.as_text(script.collected())
    assert str(script.ROOT) not in text
    assert not re.search(r"20\d\d-\d\d|Babel", text)


def test_merging_a_catalogue_keeps_its_translations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "LOCALES", tmp_path)
    po = tmp_path / "eo" / "LC_MESSAGES" / "messages.po"
    po.parent.mkdir(parents=True)
    po.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Sigmoid"\nmsgstr "S-kurbo"\n'
    )
    names = {"messages.pot", "messages.po", "messages.mo", "texts.json"}
    assert {path.name for path in script.stale(script.files())} == names
    for path, content in script.files():
        path.write_bytes(content)
    assert script.stale(script.files()) == []
    assert f"Date: {date.today().year}".encode() not in po.with_suffix(".mo").read_bytes()
    with po.open("rb") as file:
        assert read_po(file)["Sigmoid"].string == "S-kurbo"
    assert Translations(tmp_path).catalogue("eo").gettext("Sigmoid") == "S-kurbo"
    po.write_text(po.read_text().replace("S-kurbo", "Sigmo"))
    assert script.stale(script.files()) == [po.with_suffix(".mo")]
