"""The texts of the product and their translations.

    messages.py extract   find all texts and bring every .po file up to date
    messages.py compile   make a .mo beside each .po, where the .po is newer
    messages.py check     fail on a text without a translation, a wrong placeholder, or an unused entry

Each module keeps its own `locale/zh_Hans/LC_MESSAGES/django.po`. English is the text itself. At run time all
catalogues are one, so that a text translated in one module need not be in another, and must not differ there.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent / "loopline"
LANGUAGE = "zh_Hans"
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
COMMENT_TAGS = ("Translators:",)
type Key = tuple[str, str | None]
EXTENSIONS = "jinja2.ext.do,jinja2.ext.loopcontrols"
TEMPLATES = ("*.html", "*.txt", "*.svg")


BARE_SIGN = re.compile(r"%(?!\()")


def catalogue_of(module: Path) -> Path:
    """Where a module keeps its translations."""
    return module / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def modules() -> list[Path]:
    """The modules of the product."""
    return sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))


def texts_of(module: Path) -> Catalog:
    """Every text in a module's Python files and templates, with the files it stands in."""
    found = Catalog(locale=LANGUAGE, charset="utf-8")
    for path, method in _sources(module):
        options = {"extensions": EXTENSIONS, "silent": "false"} if method == "jinja2" else {}
        for line, text, comments, context in extract_from_file(
            method, path, keywords=KEYWORDS, comment_tags=COMMENT_TAGS, options=options
        ):
            where = path.relative_to(PACKAGE.parent).as_posix()
            found.add(text, None, [(where, line)], auto_comments=comments, context=context)
    return found


def extract() -> int:
    """Write every module's catalogue anew; translations are kept, and what is no longer used goes."""
    known = _translations()
    for module in modules():
        path = catalogue_of(module)
        kept = _read(path)
        texts = Catalog(locale=LANGUAGE, charset="utf-8")
        for message in texts_of(module):
            if message.id and (_key(message) not in known or kept.get(message.id, message.context)):
                texts[message.id] = message
        if not len(texts) and not path.exists():
            continue
        kept.update(texts, no_fuzzy_matching=True)
        kept.obsolete.clear()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_as_po(kept))
        missing = len(list(_untranslated(kept)))
        print(f"{module.name:14} {len(kept):5} texts, {missing} to translate")
    return 0


def compile_all() -> int:
    """Make the compiled catalogues that gettext reads."""
    for path in sorted(PACKAGE.glob(f"*/locale/{LANGUAGE}/LC_MESSAGES/django.po")):
        compiled = path.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= path.stat().st_mtime:
            continue
        out = io.BytesIO()
        write_mo(out, _read(path))
        compiled.write_bytes(out.getvalue())
    return 0


def check() -> int:
    """Print what is wrong with the translations; 1 if anything is."""
    known = _translations()
    wrong = [complaint for module in modules() for complaint in _complaints(module, known)]
    for (text, _), found in known.items():
        if len({str(message.string) for message in found.values()}) > 1:
            wrong.append(f"{', '.join(found)}: {text!r} is translated in different ways")
    for complaint in wrong:
        print(complaint)
    if wrong:
        print(f"{len(wrong)} faults in translations; `make extract` brings the files up to date.")
    return 1 if wrong else 0


def _translations() -> dict[Key, dict[str, Message]]:
    """Every translated text: which module translates it, and how."""
    known: dict[Key, dict[str, Message]] = {}
    for module in modules():
        for message in _read(catalogue_of(module)):
            if message.id and _is_translated(message):
                known.setdefault(_key(message), {})[module.name] = message
    return known


def _complaints(module: Path, known: dict[Key, dict[str, Message]]) -> Iterator[str]:
    kept = _read(catalogue_of(module))
    used = texts_of(module)
    for message in used:
        if not message.id:
            continue
        found = next(iter(known.get(_key(message), {}).values()), None)
        where = f"{message.locations[0][0]}:{message.locations[0][1]}"
        if found is None:
            yield f"{where}: no translation of {_first(message.id)!r}"
        else:
            found.flags |= message.flags
            yield from (f"{where}: {_first(message.id)!r}: {error}" for error in found.check(kept))
            if "%(" in _first(message.id) and BARE_SIGN.search(str(found.string).replace("%%", "")):
                yield f"{where}: {_first(message.id)!r}: a sign for per cent is written %% in the translation"
    for message in kept:
        if message.id and used.get(message.id, message.context) is None:
            yield f"{module.name}: {_first(message.id)!r} is translated but not used"


def _sources(module: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(module.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.relative_to(module).parts):
            yield path, "python"
    for pattern in TEMPLATES:
        for path in sorted((module / "templates").rglob(pattern)):
            yield path, "jinja2"


def _read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale=LANGUAGE, charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def _as_po(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    # No line numbers and no date: they would change with every edit and tell nothing.
    write_po(out, catalogue, width=110, omit_header=True, sort_output=True, include_lineno=False)
    head = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {LANGUAGE}\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    )
    return head.encode() + out.getvalue()


def _untranslated(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id and not _is_translated(message))


def _is_translated(message: Message) -> bool:
    text = message.string
    return all(text) if isinstance(text, list | tuple) else bool(text)


def _key(message: Message) -> Key:
    return _first(message.id), message.context


def _first(text: str | list[str] | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


if __name__ == "__main__":
    commands = {"extract": extract, "compile": compile_all, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    sys.exit(commands[sys.argv[1]]())
