"""Whole sounds in few passes of a student, with light decoders, and their parts.

The student has the layers of the bench's diffusion model, the VAE a light decoder and
the vocoder is Vocos at its published size; all weights are random. Nothing of diffusers
does the same work: its time for 25 and 200 steps stands in the derived totals.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from espnet2.gen_audio.accel.prepare import prepare
from espnet2.gen_audio.bench.prompts import PROMPT
from espnet2.gen_audio.bench.timing import seconds_of
from espnet2.gen_audio.checkpoint.experiment import read_config
from espnet2.gen_audio.diffusion.student.build import build_ldm_student
from espnet2.gen_audio.diffusion.student.teacher import Teacher
from espnet2.gen_audio.pipeline.captions import complete_nulls
from espnet2.gen_audio.pipeline.decode import decode_all, vocode_all
from espnet2.gen_audio.pipeline.encode import encode_all
from espnet2.gen_audio.pipeline.load.converted import load_converted
from espnet2.gen_audio.pipeline.options import preset_options
from espnet2.gen_audio.pipeline.precision import in_precision, vae_type, vocoder_type
from espnet2.gen_audio.pipeline.predict_loa import predict_candidates
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.pipeline.sample import sample_all
from espnet2.gen_audio.pipeline.system import System
from espnet2.gen_audio.pipeline.text2audio import Text2Audio
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vae.light_decoder import LightMelVAE
from espnet2.gen_audio.vocoder.vocos import Vocos


@dataclass(frozen=True)
class FewPasses:
    """Seconds of a preset of a student, medians over rounds after a warm-up.

    Attributes:
        preset: Its name.
        passes: Passes of the network.
        sound_s: Length of the sounds that are made.
        total_s: Seconds from captions to waveforms.
        parts: Seconds of each part, timed by itself.
        times: Totals of the rounds, in order.
    """

    preset: str
    passes: int
    sound_s: float
    total_s: float
    parts: dict[str, float]
    times: list[float]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    def line(self) -> str:
        """Return the total and its parts as text."""
        parts = ", ".join(f"{name} {value:.3f}" for name, value in self.parts.items())
        name = f"{self.preset}, light VAE, vocos"
        rate = self.total_s / self.sound_s
        return f"{name:<34}{self.total_s:>9.3f}s   {rate:.3f} of real time ({parts})"


def open_light(folder: Path, dtype: torch.dtype, device: str = "cpu") -> System:
    """Load the bench's system with a student, a light VAE and Vocos.

    Args:
        folder: Folder of our system, of ``random_models.prepare``.
        dtype: Precision of the networks.
        device: Their device.

    Returns:
        The system; its diffusion model is released.
    """
    system = load_converted(folder, device=device, dtype=str(dtype).split(".")[1])
    torch.manual_seed(0)
    student = build_ldm_student(
        {"ldm_conf": read_config(folder / "ldm"), "model_conf": {"ema_decay": None}}
    )
    student.learn_from(Teacher(system.ldm), start=True)
    student.teacher = None
    complete_nulls(student, lambda: system.encoder([""]))
    geometry = system.specification.geometry
    vae = _light(geometry, read_config(folder / "vae").get("vae_conf") or {})
    parts = {
        "student": in_precision(student, dtype, device),
        "vae": in_precision(vae, vae_type(dtype, device), device),
        "vocoder": in_precision(Vocos(geometry), vocoder_type(dtype), device),
    }
    parts["ldm"] = parts["student"]
    for part in parts.values():
        part.eval().requires_grad_(False)
    prepare(*parts.values())
    return replace(system, parts=replace(system.parts, **parts))


def _light(geometry: Any, conf: dict[str, Any]) -> MelVAE:
    """Return a light autoencoder, narrower if the bench's own is."""
    widths = conf.get("block_out_channels", (128, 256, 512))
    light = [max(8 * (width * 5 // 128), 8) for width in widths]  # 40, 80, 160
    return LightMelVAE(geometry, **conf, decoder_channels=light)


@torch.inference_mode()
def measure_few_passes(
    system: System, presets: Sequence[str], batch: int, rounds: int
) -> list[FewPasses]:
    """Time whole sounds and their parts.

    Args:
        system: The system of ``open_light``.
        presets: Presets of a student.
        batch: Number of clips, generated together.
        rounds: Number of rounds.

    Returns:
        The medians of each preset.
    """
    return [_measure(system, preset, batch, rounds) for preset in presets]


def _measure(system: System, preset: str, batch: int, rounds: int) -> FewPasses:
    """Time one preset."""
    options = preset_options(preset)
    captions = {f"clip{number}": PROMPT for number in range(batch)}
    text2audio = Text2Audio(system)
    text2audio(captions, options, candidates=1)  # warm-up
    totals, parts = [], []
    for _ in range(rounds):
        made: list[Any] = []
        totals.append(
            seconds_of(lambda: made.append(text2audio(captions, options, candidates=1)))
        )
        parts.append(_parts_of(system.sampled_by(options), captions, options))
    length = sum(len(wave) for wave in made[0].values()) / system.sample_rate
    medians = {name: float(np.median([p[name] for p in parts])) for name in parts[0]}
    total = float(np.median(totals))
    return FewPasses(preset, options.steps, length, total, medians, totals)


def _parts_of(
    system: System, captions: dict[str, str], options: Any
) -> dict[str, float]:
    """Run the parts one after another, as ``generate`` does; return their seconds."""
    requests, size = [Request(*each) for each in captions.items()], len(captions)
    found: dict[str, Any] = {}
    steps = {
        "text": lambda: encode_all(system, requests, options),
        "loa": lambda: predict_candidates(system, found["text"], 1, size),
        "unet": lambda: sample_all(
            system, found["text"], found["loa"], options, 1, size
        ),
        "vae": lambda: decode_all(system, found["text"], found["unet"]),
        "vocoder": lambda: list(vocode_all(system, found["vae"])),
    }
    seconds = {}
    for name, step in steps.items():
        seconds[name] = seconds_of(lambda: found.update({name: step()}))
    return seconds
