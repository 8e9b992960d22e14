"""Collect every visible text into locales/messages.pot, merge it into the catalogues and compile them.

`--check` compares only, and names each file that is not up to date and each text without a fitting translation. A new
language begins with `pybabel init -i locales/messages.pot -d locales -l LANGUAGE`; English is the source and needs no
catalogue.
"""

import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from gettext import c2py
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.data.datasets import DATASETS  # noqa: E402
from engine.data.examples import EXAMPLES  # noqa: E402
from engine.interchange.export import FRAMEWORKS  # noqa: E402
from engine.interchange.view import HIDEABLE  # noqa: E402
from engine.nn.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS  # noqa: E402
from engine.nn.initializers import INITIALIZERS  # noqa: E402
from engine.nn.losses import LOSSES  # noqa: E402
from engine.optim.optimizers import OPTIMIZERS  # noqa: E402
from engine.optim.penalties import PENALTIES  # noqa: E402
from engine.optim.schedules import SCHEDULES  # noqa: E402
from engine.training.experiment import TASKS  # noqa: E402
from engine.training.pruning import METHODS  # noqa: E402
from server.web.page import HYPERPARAMETERS  # noqa: E402

LOCALES = ROOT / "locales"
SOURCES = [("engine", "**.py", "python"), ("server", "**.py", "python"), ("templates", "**.html", "jinja2"),
           ("static/js", "**.js", "javascript")]  # fmt: skip
OPTIONS = {"**.js": {"parse_template_string": "true"}}  # texts within `${_("…")}` as well
KEYWORDS = {
    "_": None,
    "Phrase": None,
    "counted": (1, 2),
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
REGISTRIES = (
    ACTIVATIONS,
    OUTPUT_ACTIVATIONS,
    DATASETS,
    EXAMPLES,
    FRAMEWORKS,
    INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    PENALTIES,
    SCHEDULES,
)
NEEDED = ("MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Language", "Plural-Forms")
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)  # a date would change the file without a text
HEADER = re.compile(r'^"([A-Za-z-]+): .*\n', re.M)
WORDS = re.compile(r"[a-z]{2,}(?!\w|\()")  # a formula's words, not its functions
# What a translation takes over as it is: places for values, tags, code, and the colon after which a value stands.
FIXED = re.compile(r"\{\w+\}|%\(\w+\)\w|</?\w[^>]*>|`[^`]+`|:$")


def labels() -> Iterator[tuple[str, str]]:
    """Yield the labels and other texts of the registries, each with its place."""
    for registry in REGISTRIES:
        for entry in registry.values():
            where = type(entry).__module__.replace(".", "/") + ".py"
            yield where, entry.label
            if WORDS.search(getattr(entry, "formula", "")):
                yield where, entry.formula
    for example in EXAMPLES.values():
        data = example.data()
        yield from (("engine/data/examples.py", name) for name in (*data.columns, *data.classes))
    for label in METHODS.values():
        yield "engine/training/pruning.py", label
    for label in HYPERPARAMETERS.values():
        yield "server/web/page.py", label
    for label in TASKS.values():
        yield "engine/training/experiment.py", label
    for label in HIDEABLE.values():
        yield "engine/interchange/view.py", label


def collected() -> Catalog:
    """Return a catalogue of the texts in all sources."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    catalog.header_comment = "# Texts of the neural playground: written by scripts/texts.py"
    for folder, pattern, method in SOURCES:
        found = extract_from_dir(ROOT / folder, [(pattern, method)], OPTIONS, KEYWORDS, [], strip_comment_tags=True)
        for name, _, message, comments, context in sorted(found, key=lambda entry: (entry[0], entry[1])):
            catalog.add(message, None, [(f"{folder}/{name}", None)], auto_comments=comments, context=context)
    for where, label in labels():
        catalog.add(label, None, [(where, None)])
    return catalog


def as_text(catalog: Catalog) -> str:
    """Return a catalogue as a file whose text changes only when a message does."""
    target = io.BytesIO()
    write_po(target, catalog, width=110, include_lineno=False, ignore_obsolete=True)
    head, rest = target.getvalue().decode().split("\n\n", 1)
    return HEADER.sub(lambda line: line[0] if line[1] in NEEDED else "", head + "\n") + "\n" + rest


def script_table(catalog: Catalog) -> dict[str, Any]:
    """Return the translations that the page's scripts look up: a text, or its forms by CLDR's plural categories."""
    table: dict[str, Any] = {}
    for message in catalog:
        used = any(name.startswith("static/js/") for name, _ in message.locations)
        if used and message.string and all(message.string):
            key = message.id[0] if message.pluralizable else message.id
            table[key] = _forms(catalog, message.string) if message.pluralizable else message.string
    return table


def _forms(catalog: Catalog, strings: Sequence[str]) -> dict[str, str]:
    """Return gettext's numbered forms by plural category; a category of fractions only takes the form of 2."""
    category, index = Locale.parse(catalog.locale).plural_form, c2py(catalog.plural_expr)
    forms = {category(number): strings[index(number)] for number in range(200)}
    return {category(Decimal("0.5")): strings[index(2)]} | forms


def catalogues() -> list[Path]:
    """Return the path of each language's catalogue."""
    return sorted(LOCALES.glob("*/LC_MESSAGES/messages.po"))


def files() -> Iterator[tuple[Path, bytes]]:
    """Yield every generated file under locales/, with its path and content."""
    template = collected()
    yield LOCALES / "messages.pot", as_text(template).encode()
    for path in catalogues():
        with path.open("rb") as source:
            catalog = read_po(source, locale=path.parent.parent.name)
        catalog.update(template, no_fuzzy_matching=True)
        yield path, as_text(catalog).encode()
        catalog.creation_date = catalog.revision_date = ALWAYS
        compiled = io.BytesIO()
        write_mo(compiled, catalog)
        yield path.with_suffix(".mo"), compiled.getvalue()
        table = json.dumps(script_table(catalog), ensure_ascii=False, indent=1, sort_keys=True)
        yield path.parent.parent / "texts.json", f"{table}\n".encode()


def stale(wanted: Iterable[tuple[Path, bytes]]) -> list[Path]:
    """Return the files whose content differs from what they should contain."""
    return [path for path, content in wanted if not path.exists() or path.read_bytes() != content]


def untranslated(path: Path) -> list[str]:
    """Return a catalogue's mistakes: missing translations, and translations whose fixed parts differ."""
    with path.open("rb") as source:
        catalog = read_po(source)
    wrong = []
    for message in filter(lambda message: message.id, collected()):
        found = catalog.get(message.id, message.context)
        texts = found.string if found and message.pluralizable else [found.string if found else ""]
        originals = message.id if message.pluralizable else (message.id,)
        parts = sorted(FIXED.findall(originals[-1]))
        if len(texts) != (catalog.num_plurals if message.pluralizable else 1) or not all(texts):
            wrong.append(f"{originals[0]!r} has no translation, or not in every form")
        wrong += [
            f"{originals[0]!r} has other parts in its translation {text!r}"
            for text in filter(None, texts)
            if sorted(FIXED.findall(text)) != parts
        ]
        if sorted(FIXED.findall(originals[0])) != parts:
            wrong.append(f"{originals[0]!r} has other parts in its plural {originals[-1]!r}")
    return wrong


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        mistakes = [f"{path.relative_to(ROOT)}: not up to date; run scripts/texts.py" for path in stale(files())]
        for path in catalogues():
            mistakes += [f"{path.relative_to(ROOT)}: {mistake}" for mistake in untranslated(path)]
        print(*mistakes, sep="\n", end="\n" if mistakes else "")
        sys.exit(bool(mistakes))
    for path, content in files():
        path.write_bytes(content)
