"""One row of the table of speech: clips that answer the test transcripts.

Clips are compared with what was to be said and with the recording of it. The row
``another`` holds the recordings against transcripts and recordings of other utterances:
what a system reaches that speaks, but says something else.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.metrics.estimate import bootstrap_mean
from espnet2.gen_audio.metrics.mel_cepstral import LOG_F0_RMSE, MCD
from espnet2.gen_audio.metrics.predicted_mos import PREDICTORS
from espnet2.gen_audio.metrics.speaker_similarity import (
    RIGHT_SPEAKER,
    SIMILARITY,
    nearest_speaker,
)
from espnet2.gen_audio.metrics.speech_reader import SpeechReader
from espnet2.gen_audio.metrics.speech_set import SpeechTest, Wavs
from espnet2.gen_audio.metrics.word_errors import (
    Errors,
    bootstrap_ratio,
    count_errors,
    normal_words,
)

MEASURES = (*PREDICTORS, SIMILARITY.key, RIGHT_SPEAKER.key, MCD.key, LOG_F0_RMSE.key)
Row = dict[str, Any]
Record = dict[str, Any]


def speech_row(
    name: str,
    by_seed: Mapping[str, Wavs],
    test: SpeechTest,
    reader: SpeechReader,
) -> tuple[Row, list[Record]]:
    """Score one system.

    Args:
        name: Name of the row.
        by_seed: Sound file of each test id, by generation seed.
        test: What it is scored against.
        reader: Measures clips.

    Returns:
        The row, and one record a clip.
    """
    records = []
    ids = list(test.transcripts)
    for seed, wavs in by_seed.items():
        what = " ".join([name, seed]).strip()
        new = [
            {
                "id": clip,
                "system": name,
                "seed": seed,
                "said": " ".join(test.transcripts[clip]),
                "heard": {},
            }
            for clip in ids
        ]
        for way in reader.recognisers:
            heard = reader.texts(way, [wavs[clip] for clip in ids], what)
            for record, text in zip(new, heard):
                record["heard"][way] = text
        some = test.measured_of(new)
        for record in progress(some, len(some), f"sounds: {what}"):
            clip = record["id"]
            record.update(_measures(clip, wavs[clip], test, reader))
        records += new
    deals = test.deals()
    row: Row = {"name": name, "seeds": list(by_seed), "clips": len(records)}
    row.update(word_scores(records, test, [{clip: clip for clip in ids}]))
    if deals:
        _add_chance(row, word_scores(records, test, deals))
    row.update(_means(records, test))
    return row, records


def another_row(
    records: Sequence[Record], test: SpeechTest, reader: SpeechReader
) -> Row | None:
    """Score the recordings against other utterances.

    Args:
        records: Records of the recordings.
        test: The test set.
        reader: Measures clips.

    Returns:
        The row; None with one utterance.
    """
    deals = test.deals()
    if not deals:
        return None
    row = {"name": "another", "seeds": [""], "clips": len(records)}
    row.update(word_scores(records, test, deals))
    wavs, other = test.sounds.wavs, deals[0]
    compared = []
    for record in test.measured_of(records):
        clip = record["id"]
        pair = wavs[clip], wavs[other[clip]]
        measured = {**reader.similarity(*pair), **reader.distances(*pair)}
        compared.append({"id": clip, **measured})
    row.update(_means(compared, test))
    return row


def word_scores(
    records: Sequence[Record], test: SpeechTest, deals: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """Return word and character errors of every way of recognising.

    Args:
        records: Records with what was heard.
        test: The test set.
        deals: Whose transcript each clip is held against, one way or several.

    Returns:
        Entries of a row: words_right (of the closed way if there is one, else of the
        open one), and wer and cer with the way's name behind them; the open way's
        have none.
    """
    entries: dict[str, Any] = {}
    ways = list(records[0]["heard"]) if records else []
    for way in ways:
        words, letters, groups = [], [], []
        for record in records:
            heard = normal_words(record["heard"][way], test.words)
            for deal in deals:
                said = test.transcripts[deal[record["id"]]]
                words.append(count_errors(said, heard))
                if len(deals) == 1:  # characters of other sentences say nothing
                    letters.append(count_errors(" ".join(said), " ".join(heard)))
                groups.append(test.sounds.recordings[record["id"]])
        ending = "" if way == "open" else f"_{way}"
        edits = [one.all for one in words]
        entries[f"wer{ending}"] = _share(words, edits, groups, test, len(records), 100)
        if letters and way != "closed":
            edits = [one.all for one in letters]
            entries[f"cer{ending}"] = _share(
                letters, edits, groups, test, len(records), 100
            )
        if way == ("closed" if "closed" in ways else "open"):
            right = [one.right for one in words]
            entries["words_right"] = _share(words, right, groups, test, len(records), 1)
    return entries


def _share(
    errors: Sequence[Errors],
    parts: Sequence[int],
    groups: Sequence[str],
    test: SpeechTest,
    clips: int,
    scale: float,
) -> dict[str, Any]:
    wholes = [one.length for one in errors]
    scaled = [scale * part for part in parts]
    entry = bootstrap_ratio(scaled, wholes, groups, test.draws, test.seed).to_dict()
    return {**entry, "clips": clips}


def _add_chance(row: Row, dealt: Mapping[str, Any]) -> None:
    entry, chance = row.get("words_right"), dealt.get("words_right")
    if entry is None or chance is None:
        return
    entry["chance"] = chance["value"]
    if chance["value"] > 0:
        entry["times_chance"] = round(entry["value"] / chance["value"], 4)


def _measures(
    clip: str, path: Path, test: SpeechTest, reader: SpeechReader
) -> dict[str, Any]:
    recording = test.sounds.wavs[clip]
    voice = test.prompts.get(clip, recording)
    found: dict[str, Any] = reader.opinions(path)
    if path != voice:  # of a clip to itself: says nothing
        found.update(reader.similarity(path, voice))
    if path != recording:
        found.update(reader.distances(path, recording))
    if test.several_speakers and reader.encoder is not None:
        voices = {one: reader.voice(test.sounds.wavs[one]) for one in test.transcripts}
        nearest = nearest_speaker(reader.voice(path), voices, test.speakers, clip)
        found["speaker"] = nearest
        found[RIGHT_SPEAKER.key] = float(nearest == test.speakers[clip])
    return found


def _means(records: Sequence[Record], test: SpeechTest) -> dict[str, Any]:
    entries = {}
    for key in MEASURES:
        kept = [record for record in records if record.get(key) is not None]
        if kept:
            values = np.array([record[key] for record in kept])
            groups = [test.sounds.recordings[record["id"]] for record in kept]
            entries[key] = bootstrap_mean(
                values, groups, test.draws, test.seed
            ).to_dict()
    return entries
