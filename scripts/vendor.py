"""Copy the page's libraries from node_modules into static/vendor, with licences and checksums.

`python scripts/vendor.py` refreshes the files after `npm ci`; `--check` compares the files with their manifest.
"""

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"

# Folder -> package, and its files with their names here.
PACKAGES = {
    "msgpack": (
        "@msgpack/msgpack",
        {
            f"dist.esm/{name}.mjs": f"{name}.mjs"
            for name in (
                *("decode", "Decoder", "DecodeError", "ExtensionCodec", "ExtData", "CachedKeyDecoder", "timestamp"),
                *("utils/int", "utils/prettyByte", "utils/typedArrays", "utils/utf8"),
            )
        },
    ),
    "katex": (
        "katex",
        {
            "dist/katex.mjs": "katex.mjs",
            "dist/katex.min.css": "katex.min.css",
            **{
                f"dist/fonts/KaTeX_{font}.woff2": f"fonts/KaTeX_{font}.woff2"
                for font in (
                    *("AMS-Regular", "Main-Bold", "Main-Italic", "Main-Regular", "Math-Italic"),
                    *("Size1-Regular", "Size2-Regular", "Size3-Regular", "Size4-Regular"),
                )
            },
        },
    ),
    "inter": (
        "@fontsource-variable/inter",
        {
            f"files/inter-{subset}-wght-normal.woff2": f"inter-{subset}.woff2"
            for subset in ("latin", "latin-ext", "cyrillic", "cyrillic-ext")
        },
    ),
}
ICONS = (
    *("play", "pause", "step-forward", "rotate-ccw", "dices", "plus", "minus", "sun-moon", "link", "x", "check"),
    *("refresh-cw", "circle-help", "sliders-horizontal", "triangle-alert", "wifi-off", "eye"),
    *("pencil", "table", "brush", "move", "eraser", "undo-2", "redo-2", "trash-2"),
    *("chevron-left", "chevron-right", "microscope"),
)


def refresh() -> None:
    """Copy all files and write the manifest."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    manifest = {}
    for folder, (package, files) in PACKAGES.items():
        source, target = ROOT / "node_modules" / package, VENDOR / folder
        for name, new_name in files.items():
            (target / new_name).parent.mkdir(parents=True, exist_ok=True)
            text = (source / name).read_bytes()
            (target / new_name).write_bytes(re.sub(rb"\n?//# sourceMappingURL=.*\s*$", b"\n", text))
        manifest[folder] = _finish(source, target)
    source, target = ROOT / "node_modules" / "lucide-static", VENDOR / "lucide"
    target.mkdir()
    (target / "icons.svg").write_text(_sprite(source / "icons"), encoding="utf-8")
    manifest["lucide"] = _finish(source, target)
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _finish(source: Path, target: Path) -> dict[str, object]:
    package = json.loads((source / "package.json").read_text(encoding="utf-8"))
    shutil.copyfile(
        next(path for path in source.iterdir() if path.name.upper().startswith("LICENSE")), target / "LICENSE"
    )
    return {
        "package": package["name"],
        "version": package["version"],
        "licence": package["license"],
        "sha256": checksums(target),
    }


def _sprite(icons: Path) -> str:
    """Join the icons the page uses into one file of symbols."""
    symbols = []
    for name in ICONS:
        svg = (icons / f"{name}.svg").read_text(encoding="utf-8")
        body = re.sub(r"\s+", " ", re.search(r"<svg[^>]*>(.*)</svg>", svg, re.S)[1]).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def checksums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def differences() -> list[str]:
    """Return one line for each file that differs from the manifest."""
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    said = {
        f"{folder}/{name}": digest for folder, entry in manifest.items() for name, digest in entry["sha256"].items()
    }
    found = {name: digest for name, digest in checksums(VENDOR).items() if name != MANIFEST.name}
    return sorted(
        f"static/vendor/{name}: not as static/vendor/manifest.json says"
        for name in said.keys() | found.keys()
        if said.get(name) != found.get(name)
    )


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        wrong = differences()
        print("\n".join(wrong) or "static/vendor matches its manifest")
        sys.exit(bool(wrong))
    refresh()
