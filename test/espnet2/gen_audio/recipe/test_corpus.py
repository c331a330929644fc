"""From items of a list to tables: splits, ids, several captions, faults.

The scripts that use it are tested on trees of real layouts in ``test/recipe``.
"""

import pytest

from espnet2.gen_audio.files.clip_table import read_table
from espnet2.gen_audio.files.keyed_text import refuse_bad_name
from espnet2.gen_audio.files.published_list import Listed
from espnet2.gen_audio.recipe.corpus import (
    Clip,
    CorpusTables,
    safe_id,
    set_by_share,
    share_of,
)
from espnet2.gen_audio.recipe.corpus_sounds import by_path


@pytest.mark.parametrize("text", ["a", "Ab-3.x_y", "x+1", "été"])
def test_a_name_that_may_be_an_id_is_its_own_id(text):
    assert safe_id(text) == text


def test_other_names_become_ids_that_differ_and_may_be_names_of_files():
    texts = ["a b", "a_b ", "a/b", "-a", ".a", "a\tb", "?", "x" * 300, "a b.", "🙂"]
    ids = [safe_id(text) for text in texts]
    assert len(set(ids)) == len(texts) and "a_b" not in ids
    for each in ids:
        refuse_bad_name("id", each)


def test_a_split_by_shares_has_these_shares_and_depends_on_the_id_alone():
    ids = [f"clip{n}" for n in range(4000)]
    sets = [set_by_share(name, 0.1, 0.3) for name in ids]
    assert [sets.count(name) / 4000 for name in ("train", "valid", "test")] == (
        pytest.approx([0.6, 0.1, 0.3], abs=0.03)
    )
    assert set_by_share("clip7", 0.1, 0.3) == sets[7]
    assert 0 <= share_of("x") < 1


@pytest.fixture
def tables(tmp_path):
    for name in ("a.wav", "b.wav", "c.wav"):
        (tmp_path / name).write_bytes(b"x")

    def write(clips, many_rows=False):
        made = CorpusTables(tmp_path / "out", by_path(tmp_path), many_rows)
        made.write(
            (Listed(f"list {n}", {"clip": c}) for n, c in enumerate(clips)), take
        )
        return made

    def take(values):
        return values["clip"]

    return write


def clips():
    sets = (("train", "a"), ("valid", "b"), ("test", "c"))
    return [Clip(s, n, (f"{n}.wav",), (f"a sound {n}",)) for s, n in sets]


def test_rows_of_one_clip_may_stand_apart_and_equal_captions_count_once(
    tables, tmp_path
):
    more = [
        Clip("train", "a", ("a.wav",), (text,)) for text in ("2", "a  sound a", "3")
    ]
    made = tables([*clips(), *more], many_rows=True)
    (row,) = read_table(tmp_path / "out/train.tsv")
    assert row.captions == ("a sound a", "2", "3")
    assert made.written == {"train": 1, "valid": 1, "test": 1}
    assert made.left_out["repeated caption"] == 1


def test_a_clip_that_is_left_out_on_purpose_is_no_fault(tables, tmp_path):
    made = tables([None, *clips()])
    assert made.left_out == {} and (tmp_path / "out/test.tsv").exists()


@pytest.mark.parametrize(
    "clip, why",
    [
        (Clip("train", "a/b", ("a.wav",)), "id 'a/b' cannot be a file name"),
        (Clip("train", "x", ("a.wav",), ("c", " ")), "its caption is empty"),
        (Clip("train", "x", ("a.wav",), start=3.0, end=2.0), "it begins at 3.0 s"),
        (Clip("test", "a", ("a.wav",)), "this id occurs twice, first in train"),
    ],
)
def test_a_clip_that_no_table_can_hold_is_one_line(tables, caplog, clip, why):
    made = tables([*clips(), clip])
    (line,) = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert line.startswith("list 3, id ") and why in line
    assert made.left_out == {"faulty": 1}


def test_a_set_without_a_clip_is_refused_with_what_was_sought(tables, tmp_path):
    listed = [*clips()[:2], Clip("test", "gone", ("none.wav",), ("x",))]
    with pytest.raises(ValueError, match="test would have none of its 1 .*none.wav;"):
        tables(listed)
    assert not (tmp_path / "out/train.tsv").exists()
