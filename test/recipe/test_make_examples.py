"""The page of examples: a sound for each row of the table, by the command it shows."""

import importlib.util
import re

import pytest
import soundfile

from espnet2.gen_audio.files.recipe_folder import RECIPE


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location(
        "make_examples", RECIPE / "scripts/make_examples.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_row_becomes_a_sound_and_a_line_of_the_page(script, tmp_path):
    rows = ["name\tgroup\twords", 'a\tFirst\t"one <hat>" --steps 2 --seconds 0.64']
    rows.append('b\tSecond\t"two" --steps 2 --seconds 1.28')
    (tmp_path / "examples.tsv").write_text("\n".join(rows) + "\n")
    script.main(["--output_dir", str(tmp_path)])
    lengths = [soundfile.info(tmp_path / f"{n}.ogg").frames for n in "ab"]
    assert lengths == [10240, 20480]
    page = (tmp_path / "index.html").read_text()
    assert re.findall(r'src="(.*?)"', page) == ["a.ogg", "b.ogg"]
    assert "one &lt;hat&gt;" in page and "one <hat>" not in page
    assert page.index("<h2>First</h2>") < page.index("<h2>Second</h2>")
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [
        *(".html", ".ogg", ".ogg", ".tsv")
    ]


def test_the_page_of_the_repository_has_all_sounds_of_its_table():
    folder = RECIPE / "examples"
    names = [row.split("\t")[0] for row in (folder / "examples.tsv").open()][1:]
    page = (folder / "index.html").read_text()
    for name in names:
        assert (folder / f"{name}.ogg").is_file() and f'src="{name}.ogg"' in page, name
