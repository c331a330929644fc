"""Sounds of every task, by the generating commands, as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import kaldiio
import numpy as np
import soundfile
from commands import Commands
from tiny_corpus import RATE, sound, write_table

SOURCES = ("predicted", "true", "other", "zero", "mean", "loa_only", "untrained")
TEXT = {"one": "a dog barks in the rain"}
BATCH = {"short": "wind", "long": "a bell rings twice in the rain", "hum": "a low hum"}


@dataclass(frozen=True)
class Request:
    """One call of ``gen_audio_inference``.

    Attributes:
        system: Key of ``systems_of``.
        options: Its options; ``{stored}`` is the folder of the stored systems.
        text: Captions by id.
        tables: More tables by option; ``{source}`` is a given sound.
    """

    system: str
    options: str
    text: Mapping[str, str] = field(default_factory=lambda: TEXT)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


GIVEN = {"source_scp": {"one": "{source}"}}
SPEECH = {"voice": "a low bell"}
REQUESTS = {
    "text_to_audio": Request("joint", "--preset fast"),
    "other_caption": Request("joint", "--preset fast", {"one": "a dog barks"}),
    "other_sentence": Request(
        "joint", "--preset fast --sentence_encoder {stored}/encoders/tokens"
    ),
    "published_sampler": Request("joint", "--preset quality --steps 20"),
    "long": Request("joint", "--preset fast --seconds 1.5"),
    "negative_prompt": Request(
        "joint",
        "--preset fast --guidance_scale 3 --guidance_rescale 0.5 "
        "--guidance_interval 0.1 0.9 --negative_prompt wind",
    ),
    "audio_prompt": Request(
        "joint", "--preset fast --task audio_prompt --strength 0.7", tables=GIVEN
    ),
    "continuation": Request(
        "joint", "--preset fast --task continuation --seconds 0.6", tables=GIVEN
    ),
    "inpainting": Request(
        "joint",
        "--preset fast --task inpainting --fade 0.05",
        tables=GIVEN | {"spans": {"one": "0.25 0.45"}},
    ),
    "super_resolution": Request(
        "joint", "--preset fast --task super_resolution --cut 2500", tables=GIVEN
    ),
    "style_transfer": Request(
        "joint", "--preset fast --task style_transfer --strength 0.6", tables=GIVEN
    ),
    "batch_of_three": Request(
        "joint", "--preset quality --steps 8 --batch_size 3 --seed 5", BATCH
    ),
    "speech": Request(
        "speech", "--preset fast", SPEECH, {"transcript": {"voice": "hello a bad deal"}}
    ),
    "speech_continuation": Request(
        "speech",
        "--preset fast --task continuation --seconds 0.32",
        SPEECH,
        {
            "source_scp": {"voice": "{source}"},
            "transcript": {"voice": "no echo"},
            "source_transcript": {"voice": "hello"},
        },
    ),
    "after_training": Request("trained_joint", "--preset fast"),
    "after_training_units": Request("trained_units", "--preset fast"),
    "after_training_film": Request("trained_film", "--preset fast"),
}


def systems_of(stored: Path, trained: Path, data: Path) -> dict[str, list[object]]:
    """Return the options that name the parts of each system.

    Args:
        stored: What ``systems.unpack`` left.
        trained: Experiments that were trained just now.
        data: The corpus that they were trained on.

    Returns:
        Options by name of the system.
    """
    old = stored / "experiments"
    shared = ["--vae_dir", old / "vae", "--vocoder", old / "vocoder"]
    shared += ["--audiomae_dir", old / "audiomae"]
    units = ["--units_model", data / "units"]
    for stream in ("sentence", "tokens"):
        shared += [f"--{stream}_encoder", stored / "encoders" / stream]

    def pair(folder: Path, name: str) -> list[object]:
        parts = ["--loa_lm_dir", folder / f"{name}_loa_lm"]
        return [*parts, "--ldm_dir", folder / f"{name}_ldm", *shared]

    return {
        "joint": ["--joint_dir", old / "joint", *shared],
        "speech": pair(old, "speech"),
        "trained_joint": ["--joint_dir", trained / "joint", *shared],
        "trained_units": [*pair(trained, "units"), *units],
        "trained_film": ["--ldm_dir", trained / "film_ldm", *shared],
    }


class Generations:
    """Calls the generating commands and collects what they write.

    Args:
        run: Runs the commands.
        work: Folder to make.
        stored: What ``systems.unpack`` left.
        systems: What ``systems_of`` returned.

    Attributes:
        sounds: 16-bit samples by request and id.
        arrays: Predicted LOA by request and id.
    """

    def __init__(
        self,
        run: Commands,
        work: Path,
        stored: Path,
        systems: Mapping[str, list[object]],
    ):
        work.mkdir(parents=True)
        self.run, self.work = run, work
        self.stored, self.systems = stored, systems
        self.source = work / "source.wav"
        soundfile.write(self.source, sound(5) // 2, RATE, "PCM_16")
        self.sounds: dict[str, np.ndarray] = {}
        self.arrays: dict[str, np.ndarray] = {}

    def request(self, name: str, request: Request) -> None:
        """Make the sounds of one request.

        Args:
            name: Names them.
            request: What is asked for.
        """
        folder = self.work / name
        folder.mkdir()
        options = request.options.format(stored=self.stored).split()
        words = [*self.systems[request.system], *options]
        for option, table in (("text", request.text), *request.tables.items()):
            lines = {k: value.format(source=self.source) for k, value in table.items()}
            words += [f"--{option}", write_table(folder / option, lines, "\t")]
        self._infer(name, folder, words)

    def sources(self, data: Path, captions: Mapping[str, str]) -> None:
        """Make the rows that the predicted LOA is compared with.

        Args:
            data: Corpus with dumped LOA.
            captions: Two captions by the id of a clip.
        """
        folder = self.work / "sources"
        folder.mkdir()
        text = write_table(folder / "text", dict(captions))
        words = [*self.systems["joint"], "--text", text, "--preset", "fast"]
        for option in ("loa_scp", "train_loa_scp"):
            words += [f"--{option}", data / "loa" / "loa.scp"]
        self._infer("sources", folder, [*words, "--sources", *SOURCES])

    def whole(self, name: str, model: Path, *options: str) -> None:
        """Make one sound with a packed or converted system.

        Args:
            name: Names the sound.
            model: The system.
            *options: More options.
        """
        path = self.work / f"{name}.wav"
        words = ["a dog barks in the rain", "--model", model, "--output", path]
        words += ["--preset", "fast", "--num_threads", self.run.threads, *options]
        self.run("gen_audio", *words, title=f"generate {name}")
        self.sounds[name] = self._read(path)

    def by_the_class(self, model: Path) -> None:
        """Make a batch of two by the class, which gives samples as they are, float32.

        Args:
            model: The system.
        """
        # the class that the toolkit's own registry names: its place may change
        module, name = import_module("espnet2.gen_audio.registry").INFERENCE
        system = getattr(import_module(module), name).from_pretrained(model)
        captions = {"one": "a dog barks in the rain", "two": "a bell"}
        for key, wave in system(captions, seconds=0.32).items():
            self.arrays[f"float sound/{key}"] = wave.numpy()

    def _infer(self, name: str, folder: Path, words: list[object]) -> None:
        output = folder / "output"
        words = [*words, "--output_dir", output, "--num_threads", self.run.threads]
        self.run("gen_audio_inference", *words, title=f"generate {name}")
        for path in sorted(output.rglob("*.wav")):
            key = path.relative_to(output).with_suffix("")
            self.sounds[f"{name}/{key}"] = self._read(path)
        if (output / "loa.scp").exists():
            for key, loa in kaldiio.load_scp(str(output / "loa.scp")).items():
                self.arrays[f"predicted LOA/{name}/{key}"] = loa

    @staticmethod
    def _read(path: Path) -> np.ndarray:
        samples, rate = soundfile.read(path, dtype="int16")
        if rate != RATE or soundfile.info(path).subtype != "PCM_16":
            raise ValueError(f"{path} is not of {RATE} Hz and 16 bits")
        return samples
