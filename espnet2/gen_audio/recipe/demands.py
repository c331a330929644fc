"""Demands of later stages of the recipe on the data, checked before long stages run.

====================  ================================================================
stage                 demands
====================  ================================================================
11 train_loa_lm,      a caption of some clip of the validation set; of the training
13 train_joint        set for stage 13 (without any, stage 11 trains nothing)
14 generate           a caption of every clip of the test set
11 train_loa_lm,      speech: a transcript of every clip of the training and validation
13 train_joint        sets; if they are optional, of a clip of the training set
14 generate           speech: a transcript of every clip of the test set; if they are
                      optional, a transcript or a caption
15 score              clips of at least two recordings in the test set: a distance
                      between distributions needs two
15 score              sounds: every class of the test set has clips in the training set
15 score              speech: test clips of at most 30 s, as recognisers require
====================  ================================================================

Stage 3 checks that each set has a clip with a usable sound. ``bin.check_options``
checks options, ``bin.check_demands`` the words of ``--vocabulary``.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from espnet2.gen_audio.kaldi.data_dir import DataFolder, sort_ids

FEWEST_RECORDINGS = 2
LONGEST_RECOGNISED = 30.0  # seconds, see metrics.speech_evaluation.whisper
_SHOWN = 3


@dataclass(frozen=True)
class CheckedData:
    """The data of a run of the recipe, after stage 3.

    Args:
        folders: The data folders of all sets, by path.
        train: Path of the training set.
        valid: Path of the validation set.
        test: Path of the test set.
        speech: Whether transcripts are read (``--g2p``).
        sample_rate: Sampling rate of all sounds, in hertz.
        optional: Whether clips may have no transcript (``--transcripts some``).
        listed: Whether the phonemes of the models are given (``--token_list``), as
            those of a checkpoint are, so that none are learnt from transcripts.
    """

    folders: Mapping[str, DataFolder]
    train: str
    valid: str
    test: str
    speech: bool
    sample_rate: int
    optional: bool = False
    listed: bool = False


@dataclass(frozen=True)
class Demand:
    """A demand of some stages on the data.

    Args:
        stages: Numbers of the stages that fail without it.
        missing: Function that yields a sentence, with a remedy, for each unmet demand.
    """

    stages: tuple[int, ...]
    missing: Callable[[CheckedData], Iterator[str]]


def lacking(data: CheckedData) -> list[tuple[Demand, str]]:
    """Check all demands.

    Args:
        data: The data.

    Returns:
        Each unmet demand, with its sentence.
    """
    return [(each, text) for each in DEMANDS for text in each.missing(data)]


def _captions_to_train(data: CheckedData) -> Iterator[str]:
    if data.speech or not any(data.folders[data.train].column("text").values()):
        return
    yield from _any_caption(data, data.valid)


def _captions_to_fine_tune(data: CheckedData) -> Iterator[str]:
    if not data.speech:
        yield from _any_caption(data, data.train)


def _any_caption(data: CheckedData, path: str) -> Iterator[str]:
    folder = data.folders[path]
    if "text" in folder.files and not any(folder.column("text").values()):
        yield (
            f"{path}/text has no caption of its {len(folder.utterances)} clips; GPT-2 "
            "is trained on captions, so add clips that have one, or leave it out by "
            "--stop_stage 12"
        )


def _captions_to_generate(data: CheckedData) -> Iterator[str]:
    folder = data.folders[data.test]
    captions = folder.column("text")
    if data.optional:  # what is spoken needs no caption
        captions = captions | folder.column("transcript")
    without = [key for key in folder.utterances if not captions.get(key)]
    if without and captions:
        yield (
            f"{data.test}/text lacks {len(without)} of {len(folder.utterances)} "
            f"captions: {_some(without)}; sounds are generated from captions, so give "
            "a test set that has them, or leave generation out by --stop_stage 13"
        )


def _transcripts_to_train(data: CheckedData) -> Iterator[str]:
    if data.optional:
        return _any_transcript(data)
    return _transcripts(data, data.train, data.valid)


def _transcripts_to_generate(data: CheckedData) -> Iterator[str]:
    return _transcripts(data, data.test)


def _transcripts(data: CheckedData, *paths: str) -> Iterator[str]:
    for path in dict.fromkeys(paths if data.speech and not data.optional else ()):
        folder = data.folders[path]
        known = folder.column("transcript")
        without = [key for key in folder.utterances if not known.get(key)]
        if without:
            yield (
                f"{path}/transcript lacks {len(without)} of {len(folder.utterances)} "
                f"clips: {_some(without)}; with --g2p every clip needs a transcript, "
                "so fill this column of the table, or remove these rows, or, if these "
                "clips are no speech, give --transcripts some"
            )


def _any_transcript(data: CheckedData) -> Iterator[str]:
    needed = not (data.optional and data.listed)
    if needed and not any(data.folders[data.train].column("transcript").values()):
        yield (
            f"{data.train} has no transcript of its "
            f"{len(data.folders[data.train].utterances)} clips, from which phonemes "
            "are learnt; fill this column of the table, or leave out --g2p"
        )


def _recordings(data: CheckedData) -> Iterator[str]:
    folder = data.folders[data.test]
    named = folder.column("utt2recording")
    recordings = {named.get(key, key) for key in folder.utterances}
    if len(recordings) < FEWEST_RECORDINGS:
        yield (
            f"{data.test} has {len(folder.utterances)} clip(s) of {len(recordings)} "
            f"recording(s); scores need at least {FEWEST_RECORDINGS} recordings, so "
            "add some to the test set, or skip scores with --stop_stage 14"
        )


def _classes(data: CheckedData) -> Iterator[str]:
    train = data.folders[data.train].column("utt2label")
    if (data.speech and not data.optional) or not train:  # no classification then
        return
    labels = data.folders[data.test].column("utt2label")
    unknown = set(labels.values()) - set(train.values())
    if unknown:
        of_them = [key for key in sort_ids(labels) if labels[key] in unknown]
        yield (
            f"{data.test}/utt2label has label(s) without a clip in {data.train}: "
            f"{_some(sorted(unknown))}, of the clips {_some(of_them)}; the classifiers "
            "of the scores know only the training set's labels, so change the labels, "
            "add training clips, or skip scores with --stop_stage 14"
        )


def _lengths(data: CheckedData) -> Iterator[str]:
    if not data.speech:
        return
    samples = data.folders[data.test].column("utt2num_samples")
    limit = LONGEST_RECOGNISED * data.sample_rate
    long = [key for key in sort_ids(samples) if int(samples[key]) > limit]
    if long:
        yield (
            f"{data.test} has {len(long)} clip(s) above {LONGEST_RECOGNISED:g} s, "
            f"too long for the recogniser: {_some(long)}; cut them in the columns "
            "start and end of the "
            "table, or skip scores with --stop_stage 14"
        )


def _some(names: Collection[str]) -> str:
    """Return the first names, and the number of further names."""
    shown = ", ".join(list(names)[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


DEMANDS = (
    Demand((11,), _captions_to_train),
    Demand((13,), _captions_to_fine_tune),
    Demand((14,), _captions_to_generate),
    Demand((11, 13), _transcripts_to_train),
    Demand((14,), _transcripts_to_generate),
    Demand((15,), _recordings),
    Demand((15,), _classes),
    Demand((15,), _lengths),
)
