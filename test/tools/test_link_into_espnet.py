"""Linking into a checkout: what it makes, what it refuses, and doing it again."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = ROOT / "tools" / "link_into_espnet.sh"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Plant what marks a checkout of ESPnet."""
    (tmp_path / "espnet2").mkdir()
    (tmp_path / "espnet2" / "__init__.py").write_text("")
    (tmp_path / "egs2" / "TEMPLATE").mkdir(parents=True)
    return tmp_path


def link(*arguments: object) -> subprocess.CompletedProcess:
    """Run the script."""
    return subprocess.run(
        [str(LINK), *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_the_plugin_is_part_of_the_checkout_and_stays_so(checkout: Path) -> None:
    for _ in range(2):
        assert link(checkout).returncode == 0
        for part in ("espnet2/gen_audio", "test/espnet2/gen_audio"):
            assert (checkout / part).is_symlink()
            assert (checkout / part).resolve() == ROOT / part
    assert not (ROOT / "espnet2" / "gen_audio" / "gen_audio").exists()


def test_a_link_to_another_copy_is_replaced(checkout: Path) -> None:
    (checkout / "espnet2" / "gen_audio").symlink_to(checkout / "gone")
    assert link(checkout).returncode == 0
    assert (checkout / "espnet2/gen_audio").resolve() == ROOT / "espnet2/gen_audio"


def test_a_real_folder_in_the_way_is_kept_and_nothing_is_linked(checkout: Path) -> None:
    (checkout / "test" / "espnet2" / "gen_audio").mkdir(parents=True)
    done = link(checkout)
    assert done.returncode == 1
    assert "is in the way and is no link" in done.stderr
    assert not (checkout / "espnet2" / "gen_audio").exists()


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
    done = link(tmp_path)
    assert done.returncode == 1
    assert "is no ESPnet checkout" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give one argument"),
        (("/does/not/exist",), "is no folder"),
        ((ROOT,), "is the plugin itself"),
    ],
)
def test_a_wrong_argument_ends_in_one_line(arguments: tuple, message: str) -> None:
    done = link(*arguments)
    assert done.returncode == 1
    assert message in done.stderr and done.stderr.count("\n") == 1
