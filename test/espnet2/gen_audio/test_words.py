"""The field's words: terms of a private vocabulary stay out of code and pages.

What each was replaced by: a model is *conditioned on*, *attends to*; it is
*autoregressive*; weights are *prepared for inference*; a *drop mask* is drawn; copies
are measured against *held-out reference distances*; labels are *permuted*.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("espnet2/gen_audio", "egs2/audioldm2", "test")
FORMS = {".py", ".sh", ".yaml", ".md"}
PAGES = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md")
# Tables of old option and YAML names, and this test, must name what they replace.
EXEMPT = {"old_names.py", "test_old_names.py", "scores_file.py", "test_words.py"}
EARLIER = "test/regression"  # configs and commands as they were
MADE = {"data", "dump", "exp", "downloads", "venv"}
BANNED = {
    "hears, heard": r"hears|heard",
    "lay out": r"lay[ _]outs?|laid[ _]out|lays[ _]out|laying[ _]out",
    "coins": r"coins?",
    "strangers": r"strangers?",
    "dealt out anew": r"dealt[ _]out",
}
# An underscore parts words here, a letter or digit does not.
PATTERNS = {
    name: re.compile(rf"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])", re.IGNORECASE)
    for name, words in BANNED.items()
}


def files() -> list[Path]:
    """Return the files in which the words count."""
    found = [ROOT / page for page in PAGES if (ROOT / page).is_file()]
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            parts = path.relative_to(ROOT).parts
            if path.suffix in FORMS and not MADE & set(parts) - {"test"}:
                if path.name not in EXEMPT and EARLIER not in path.as_posix():
                    found.append(path)
    return found


def places(path: Path, pattern: re.Pattern) -> list[str]:
    """Return file and line of every match."""
    lines = path.read_text(encoding="utf-8").splitlines()
    where = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return [f"{where}:{n}" for n, line in enumerate(lines, 1) if pattern.search(line)]


@pytest.mark.parametrize("name", BANNED)
def test_a_banned_term_is_nowhere(name: str) -> None:
    found = [place for path in files() for place in places(path, PATTERNS[name])]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        "def hears_own(): ...",
        "model.lay_out()",
        "# a coin is thrown",
        "--p_heard",
        "the strangers' distance",
        "labels are dealt out anew",
    ],
)
def test_a_planted_term_is_found(tmp_path: Path, planted: str) -> None:
    (tmp_path / "a.py").write_text(planted)
    assert any(places(tmp_path / "a.py", pattern) for pattern in PATTERNS.values())


@pytest.mark.parametrize("innocent", ["unheard_of", "layout", "coincide", "shears"])
def test_a_word_that_only_contains_a_term_passes(tmp_path: Path, innocent: str) -> None:
    (tmp_path / "a.py").write_text(innocent)
    assert not any(places(tmp_path / "a.py", pattern) for pattern in PATTERNS.values())
