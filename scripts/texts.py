"""Collect every text that a reader sees into locales/messages.pot, merge it into the catalogues and compile them.

`--check` compares only, and says which file is not up to date. A new language begins with
`pybabel init -i locales/messages.pot -d locales -l LANGUAGE`; English is the source and needs no catalogue.
"""

import io
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.activations import ACTIVATIONS, LINKS  # noqa: E402
from engine.datasets import DATASETS  # noqa: E402
from engine.examples import EXAMPLES  # noqa: E402
from engine.experiment import TASKS  # noqa: E402
from engine.export import FRAMEWORKS  # noqa: E402
from engine.initializers import INITIALIZERS  # noqa: E402
from engine.links import HIDEABLE  # noqa: E402
from engine.losses import LOSSES  # noqa: E402
from engine.optimizers import OPTIMIZERS  # noqa: E402
from engine.penalties import PENALTIES  # noqa: E402
from engine.pruning import METHODS  # noqa: E402
from engine.schedules import SCHEDULES  # noqa: E402
from server.page import COEFFICIENTS  # noqa: E402

LOCALES = ROOT / "locales"
SOURCES = [("engine", "**.py", "python"), ("server", "**.py", "python"), ("templates", "**.html", "jinja2"),
           ("static/js", "**.js", "javascript")]  # fmt: skip
KEYWORDS = {"_": None, "Phrase": None}
REGISTRIES = (
    ACTIVATIONS,
    LINKS,
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


def labels() -> Iterator[tuple[str, str]]:
    """Yield the labels of the engine's registries, each with where it stands."""
    for registry in REGISTRIES:
        for entry in registry.values():
            yield type(entry).__module__.replace(".", "/") + ".py", entry.label
    for label in METHODS.values():
        yield "engine/pruning.py", label
    for label in COEFFICIENTS.values():
        yield "server/page.py", label
    for label in TASKS.values():
        yield "engine/experiment.py", label
    for label in HIDEABLE.values():
        yield "engine/links.py", label


def collected() -> Catalog:
    """Return the texts of all sources."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    catalog.header_comment = "# Texts of the neural playground: written by scripts/texts.py"
    for folder, pattern, method in SOURCES:
        found = extract_from_dir(ROOT / folder, [(pattern, method)], {}, KEYWORDS, [], strip_comment_tags=True)
        for name, _, message, comments, context in sorted(found, key=lambda entry: (entry[0], entry[1])):
            catalog.add(message, None, [(f"{folder}/{name}", None)], auto_comments=comments, context=context)
    for where, label in labels():
        catalog.add(label, None, [(where, None)])
    return catalog


def as_text(catalog: Catalog) -> str:
    """Return a catalogue as the text of a file that changes only when a text does."""
    target = io.BytesIO()
    write_po(target, catalog, width=110, include_lineno=False, ignore_obsolete=True)
    head, rest = target.getvalue().decode().split("\n\n", 1)
    return HEADER.sub(lambda line: line[0] if line[1] in NEEDED else "", head + "\n") + "\n" + rest


def files() -> Iterator[tuple[Path, bytes]]:
    """Yield every file under locales/ as it should be."""
    template = collected()
    yield LOCALES / "messages.pot", as_text(template).encode()
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/messages.po")):
        with path.open("rb") as source:
            catalog = read_po(source, locale=path.parent.parent.name)
        catalog.update(template, no_fuzzy_matching=True)
        yield path, as_text(catalog).encode()
        catalog.creation_date = catalog.revision_date = ALWAYS
        compiled = io.BytesIO()
        write_mo(compiled, catalog)
        yield path.with_suffix(".mo"), compiled.getvalue()


def stale(wanted: Iterable[tuple[Path, bytes]]) -> list[Path]:
    """Return the files that are not as they should be."""
    return [path for path, content in wanted if not path.exists() or path.read_bytes() != content]


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        old = stale(files())
        for path in old:
            print(f"{path.relative_to(ROOT)}: not up to date; run scripts/texts.py")
        sys.exit(bool(old))
    for path, content in files():
        path.write_bytes(content)
