import builtins

import pytest

from espnet2.gen_audio.bench.memory import Peak
from espnet2.gen_audio.bench.picture import draw
from espnet2.gen_audio.bench.timing import summary

ROWS = [summary("unet", [(0.5, 0.75), (0.6, 0.7)], 1e-6)]
PEAKS = [Peak("diffusers_float32", 2.0), Peak("ours_float32", 1.0)]


@pytest.mark.parametrize("rows, peaks", [(ROWS, PEAKS), (ROWS, []), ([], PEAKS)])
def test_a_picture_is_whole_and_leaves_nothing_beside_it(rows, peaks, tmp_path):
    draw(rows, peaks, tmp_path / "a.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_one_line_says_what_to_do(tmp_path, monkeypatch):
    plain = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return plain(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(RuntimeError, match="pip install matplotlib"):
        draw(ROWS, PEAKS, tmp_path / "a.png")
