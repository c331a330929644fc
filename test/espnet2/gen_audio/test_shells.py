"""No word of a file or an option reaches a shell as text."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHELL = re.compile(
    r"shell *= *True|os\.(system|popen)\(|[\"'](ba)?sh[\"'], *[\"']-c"
    r"|(^|[;&|({]) *(eval|(ba)?sh +-c) "
)


def places(text: str) -> list[int]:
    """Return the lines that hand text to a shell."""
    return [n for n, line in enumerate(text.splitlines(), 1) if SHELL.search(line)]


def test_nothing_in_package_recipe_and_tools_hands_text_to_a_shell() -> None:
    files = [
        *(ROOT / "espnet2" / "gen_audio").rglob("*.py"),
        *(ROOT / "egs2" / "audioldm2").glob("*.sh"),
        *(ROOT / "tools").glob("*.sh"),
    ]
    for folder in ("local", "scripts", "stages", "utils"):
        files += [
            p for p in (ROOT / "egs2/audioldm2" / folder).rglob("*") if p.is_file()
        ]
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files
        if path.suffix != ".pyc"
        for line in places(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        'subprocess.run(["bash", "-c", line])',
        "subprocess.run(line, shell=True)",
        "os.system(line)",
        '    eval "${name}=${value}"',
        'ssh host; bash -c "$*"',
    ],
)
def test_a_planted_shell_line_is_found(planted: str) -> None:
    assert places(planted) == [1]


@pytest.mark.parametrize("innocent", ["model.eval()", ". stages/eval.sh", "# eval it"])
def test_an_innocent_line_passes(innocent: str) -> None:
    assert places(innocent) == []
