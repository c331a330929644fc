"""One of several captions at each visit: uniform, by seed, the same after a restart."""

import pickle
from collections import Counter

import pytest
from espnet2.iterators.sequence_iter_factory import SequenceIterFactory
from espnet2.samplers.abs_sampler import AbsSampler
from espnet2.train.collate_fn import CommonCollateFn
from espnet2.train.dataset import ESPnetDataset

from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.kaldi.data_dir import write_scp
from espnet2.gen_audio.kaldi.several_captions import further_captions
from espnet2.gen_audio.training.caption_draws import (
    CountedVisits,
    DrawnCaptions,
    draw_captions,
)
from espnet2.gen_audio.training.shuffled_batches import ShuffledBatches

COUNTS = {"five": 5, "one": 1, "two": 2}
STREAMS = {"sentence": 1.0, "tokens": 100.0}


@pytest.fixture(scope="module")
def dump(tmp_path_factory):
    """Streams in which a caption's number is the value of its matrix."""
    folder = tmp_path_factory.mktemp("dump")
    for stream, factor in STREAMS.items():
        for place, numbers in (("", [1]), ("further/", range(2, 6))):
            scp = folder / f"{place}{stream}.scp"
            with MatrixWriter(scp.with_suffix(".ark"), scp) as writer:
                for clip, count in COUNTS.items():
                    for number in numbers:
                        name = clip if number == 1 else f"{clip}:{number}"
                        if number <= count:
                            writer[name] = [[number * factor]]
    return folder


class Pairs(AbsSampler):
    def __len__(self):
        return 2

    def __iter__(self):
        return iter([("five", "one"), ("two",)])


def factory_of(dump, workers=0, seed=0, cache=0, names=tuple(STREAMS)):
    data = [(str(dump / f"{name}.scp"), name, "kaldi_ark") for name in names]
    made = SequenceIterFactory(
        ESPnetDataset(data, max_cache_size=cache),
        ShuffledBatches(Pairs()),
        seed=seed,
        shuffle=True,
        num_workers=workers,
        collate_fn=CommonCollateFn(0.0, 0),
    )
    draw_captions(made, data)
    return made


def captions_of(factory, epoch):
    """Return the drawn number of every clip; both streams agree."""
    found = {}
    for names, batch in factory.build_iter(epoch):
        for n, name in enumerate(names):
            sentence, tokens = (batch[s][n, 0, 0].item() for s in STREAMS)
            assert sentence == tokens / 100
            found[str(name)] = int(sentence)
    return found


def test_each_caption_is_drawn_equally_often_and_independently_of_the_last(dump):
    factory = factory_of(dump)
    passes = [captions_of(factory, epoch) for epoch in range(1, 501)]
    counts = Counter(each["five"] for each in passes)
    assert sorted(counts) == [1, 2, 3, 4, 5]
    # chi-square of 4 degrees of freedom: above 18.5 once in a thousand
    assert sum((n - 100) ** 2 / 100 for n in counts.values()) < 18.5
    pairs = Counter((a["two"], b["two"]) for a, b in zip(passes, passes[1:]))
    assert all(90 < n < 160 for n in pairs.values()) and len(pairs) == 4
    assert {each["one"] for each in passes} == {1}


def test_a_restart_and_any_number_of_workers_draw_the_same_and_a_seed_another(dump):
    whole = [captions_of(factory_of(dump), epoch) for epoch in range(1, 9)]
    resumed = factory_of(dump, workers=2)
    assert [captions_of(resumed, epoch) for epoch in range(5, 9)] == whole[4:]
    assert [captions_of(factory_of(dump, seed=99), n) for n in range(1, 9)] != whole


def test_visits_within_one_pass_draw_for_themselves():
    class Repeated(AbsSampler):
        def __len__(self):
            return 1

        def __iter__(self):
            return iter(self.generate(0))

        def generate(self, seed):
            return [("five",) * 50]

    captions = DrawnCaptions({"five": 1}, {f"five:{n}": n for n in range(2, 6)})
    (batch,) = CountedVisits(Repeated()).generate(3)
    assert {captions[visit] for visit in batch} == {1, 2, 3, 4, 5}
    sent = pickle.loads(pickle.dumps(batch))  # as to a worker
    assert [captions[visit] for visit in sent] == [captions[visit] for visit in batch]


def test_a_plain_id_as_in_validation_has_the_first_caption(dump):
    assert factory_of(dump).dataset["five"][1]["sentence"] == [[1.0]]


def test_units_are_of_the_same_caption_as_dumped_streams(tmp_path):
    lines = {"five": "a\tb\tc\td\te", "two": "x\ty"}
    write_scp(tmp_path / "utt2captions", lines)
    texts = DrawnCaptions({"five": "a", "two": "x"}, further_captions(tmp_path))
    numbers = DrawnCaptions({"five": 1}, {f"five:{n}": n for n in range(2, 6)})
    for batch in CountedVisits(ShuffledBatches(Pairs())).generate(7):
        for visit in batch:
            if visit == "five":
                assert texts[visit] == "abcde"[numbers[visit] - 1]


def test_a_corpus_with_one_caption_a_clip_is_left_as_it_is(dump, tmp_path):
    with MatrixWriter(tmp_path / "x.ark", tmp_path / "sentence.scp") as writer:
        for clip in COUNTS:
            writer[clip] = [[1.0]]
    made = factory_of(tmp_path, names=("sentence",))
    assert isinstance(made.sampler, ShuffledBatches)
    assert not isinstance(made.dataset.loader_dict["sentence"], DrawnCaptions)


def test_a_cache_that_would_keep_one_caption_is_refused(dump):
    with pytest.raises(ValueError, match="--max_cache_size 1000.* leave it at 0"):
        factory_of(dump, cache=1000)


def test_streams_of_different_dumps_are_refused(dump, tmp_path):
    for stream in STREAMS:
        for place in ("", "further"):
            (tmp_path / place).mkdir(exist_ok=True)
            text = (dump / place / f"{stream}.scp").read_text()
            if place and stream == "tokens":
                text = "".join(text.splitlines(True)[:-1])
            (tmp_path / place / f"{stream}.scp").write_text(text)
    with pytest.raises(ValueError, match="tokens.scp has other numbers of captions"):
        factory_of(tmp_path)


def test_a_command_in_an_index_of_further_captions_is_refused(dump, tmp_path):
    (tmp_path / "further").mkdir()
    text = (dump / "sentence.scp").read_text()
    (tmp_path / "sentence.scp").write_text(text)
    made = tmp_path / "made"
    (tmp_path / "further" / "sentence.scp").write_text(f"two:2 touch {made} |\n")
    with pytest.raises(ValueError, match="commands .* are not run"):
        factory_of(tmp_path, names=("sentence",))
    assert not made.exists()
