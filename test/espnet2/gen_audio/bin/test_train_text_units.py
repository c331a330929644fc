"""The command that learns text units: what it writes, twice the same, and refusals."""

import pytest

from espnet2.gen_audio.bin.train_text_units import main
from espnet2.gen_audio.text.caption_units import TextUnits


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text"
    path.write_text("a A dog barks\nb rain on a roof\nc\nd heavy rain\n")
    return path


def run(text, folder, num_units=50):
    main(
        ["--text", str(text), "--output_dir", str(folder)]
        + ["--num_units", str(num_units)]
    )


def test_the_model_and_the_list_of_units_belong_together(text, tmp_path):
    run(text, tmp_path / "out")
    units = TextUnits.from_file(tmp_path / "out")
    listed = (tmp_path / "out/tokens.txt").read_text(encoding="utf-8").splitlines()
    assert listed == units.pieces() and 10 < len(listed) <= 50


def test_a_second_run_writes_the_same_bytes(text, tmp_path):
    for name in ("one", "two"):
        run(text, tmp_path / name)
    for file in ("units.model", "tokens.txt"):
        one, two = (tmp_path / name / file for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_letters_that_only_further_captions_have_are_among_the_units(text, tmp_path):
    run(text, tmp_path / "without")
    (tmp_path / "utt2captions").write_text("a A dog barks\tquick zebras\n")
    run(text, tmp_path / "with")
    one, all_ = (
        set((tmp_path / name / "tokens.txt").read_text(encoding="utf-8"))
        for name in ("without", "with")
    )
    assert not set("qz") & one and set("qz") <= all_


def test_too_few_units_end_in_one_line_and_leave_no_file(text, tmp_path, capsys):
    with pytest.raises(SystemExit):
        run(text, tmp_path / "out", num_units=3)
    assert "3 units" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
