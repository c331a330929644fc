"""Open a whole system: a converted folder, a packed archive, or a model zoo's tag."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.accel.allocator import (
    return_freed_blocks,
    trim_freed_memory,
)
from espnet2.gen_audio.accel.prepare import prepare
from espnet2.gen_audio.checkpoint.archive.folder import INDEX, read_index
from espnet2.gen_audio.checkpoint.archive.packed import is_archive, open_archive
from espnet2.gen_audio.checkpoint.experiment import load_experiment, read_config
from espnet2.gen_audio.checkpoint.strict_fit import without_memory
from espnet2.gen_audio.conditioner.clap import ClapEncoder
from espnet2.gen_audio.conditioner.phoneme_reader import PhonemeReader
from espnet2.gen_audio.conditioner.resolve import model_type
from espnet2.gen_audio.conditioner.units import TextUnits
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.pipeline.captions import (
    CaptionEncoder,
    complete_nulls,
)
from espnet2.gen_audio.pipeline.facts import Facts
from espnet2.gen_audio.pipeline.on_demand import OnDemand, Room
from espnet2.gen_audio.pipeline.precision import (
    in_precision,
    number_type,
    vae_type,
    vocoder_type,
    warn_if_slower,
)
from espnet2.gen_audio.pipeline.preset import Behaviour, behaviour_of
from espnet2.gen_audio.pipeline.ranking import ClapRanking
from espnet2.gen_audio.pipeline.text2audio import Text2Audio
from espnet2.gen_audio.vocoder.griffin_lim import GriffinLim

_TOKENIZERS = ("tokenizer.json", "vocab.json", "spiece.model")


def load_pretrained(
    model: str | Path,
    preset: str | Behaviour = "ours",
    device: str = "cpu",
    dtype: str = "float32",
    low_memory: bool = False,
) -> Text2Audio:
    """Load a whole system.

    Args:
        model: Folder that ``convert_checkpoint`` made, archive that ``pack`` made, or
            tag of a model in ESPnet's model zoo.
        preset: ``ours`` or ``official``.
        device: Where the networks run.
        dtype: Precision of all networks but the AudioMAE.
        low_memory: Load each part when it is needed and release it thereafter.

    Returns:
        The system, ready to generate.

    Raises:
        ValueError: If the model is of another kind, or a part is missing.
    """
    return_freed_blocks()
    folder = folder_of(model)
    behaviour = behaviour_of(preset)
    present = read_index(folder)["parts"]
    lacking = [name for name in ("vae", "ldm") if name not in present]
    if lacking:
        raise ValueError(
            f"{folder} has no {' and no '.join(lacking)}, without which no sound is "
            "made; convert a whole checkpoint"
        )
    shapes = _Shapes.of(folder, present)
    room = Room() if low_memory else None
    loader = _Loader(folder, behaviour, device, number_type(dtype))
    warn_if_slower(loader.dtype, device)
    encode = _caption_encoder(folder, shapes, device, loader.dtype, room)
    if shapes.ldm.conditions.missing_nulls():
        empty = encode([""])
        loader.empty = lambda: empty
    loads = {  # first those that need more memory for a moment than they keep
        "vocoder": loader.vocoder if "vocoder" in present else None,
        "vae": loader.vae,
        "loa_lm": loader.loa_lm if shapes.loa_lm is not None else None,
        "ldm": loader.ldm,
        "audiomae": loader.audiomae if "audiomae" in present else None,
    }
    parts = {}
    for name, load in loads.items():
        if load is not None:
            parts[name] = OnDemand(load, room) if room else load()
    if "vocoder" not in parts:
        logging.info("%s has no vocoder: waveforms are made by Griffin-Lim", folder)
        parts["vocoder"] = GriffinLim(shapes.ldm.geometry).to(device)
    sentence, ranking = folder / "sentence_encoder", None
    if "sentence_encoder" in present and model_type(sentence) == "clap":
        ranking = ClapRanking(
            lambda: ClapEncoder(str(sentence), device=device), behaviour.clap_replaced
        )
    trim_freed_memory()
    return Text2Audio(
        parts.get("loa_lm"),
        parts["ldm"],
        parts["vae"],
        parts["vocoder"],
        encode,
        behaviour,
        ranking,
        parts.get("audiomae"),
        Facts.of(shapes.loa_lm, shapes.ldm),
    )


@dataclass(frozen=True)
class _Shapes:
    """Language and diffusion model without numbers, to read their sizes from."""

    loa_lm: Any
    ldm: Any

    @classmethod
    def of(cls, folder: Path, present: Sequence[str]) -> "_Shapes":
        ldm = _without_weights(folder / "ldm")
        if "loa" not in ldm.unet.widths:
            return cls(None, ldm)
        if "loa_lm" not in present:
            raise ValueError(
                f"{folder} has no loa_lm, but its diffusion model hears LOA; convert a "
                "whole checkpoint"
            )
        return cls(_without_weights(folder / "loa_lm"), ldm)


@dataclass
class _Loader:
    """Loads the parts of a folder."""

    folder: Path
    behaviour: Behaviour
    device: str
    dtype: torch.dtype
    empty: Callable[[], Mapping[str, torch.Tensor]] | None = None

    def loa_lm(self) -> torch.nn.Module:
        loa_lm = self._part("loa_lm", mapped=False)
        prepare(loa_lm)
        return loa_lm

    def ldm(self) -> torch.nn.Module:
        ldm = self._part("ldm")
        complete_nulls(ldm, self.empty)
        prepare(ldm)
        return in_precision(ldm, self.dtype, self.device)  # also what is encoded

    def vae(self) -> torch.nn.Module:
        own = vae_type(self.dtype, self.device)
        # edits alone read the encoder, so it stays in its file
        left = ("vae.net.encoder.",)
        vae = self._part("vae", own, mapped=False, unread=left).vae
        vae.to(own)  # unless that is of another precision
        prepare(vae)
        return vae

    def vocoder(self) -> torch.nn.Module:
        own = vocoder_type(self.dtype)
        vocoder = self._part("vocoder", own, mapped=False).vocoder
        prepare(vocoder)
        return vocoder

    def audiomae(self) -> torch.nn.Module:
        return self._part("audiomae", torch.float32)

    def _part(
        self,
        name: str,
        dtype: torch.dtype | None = None,
        mapped: bool = True,
        unread: tuple[str, ...] = (),
    ) -> torch.nn.Module:
        dtype = dtype or self.dtype
        # in the file's precision weights stay there; those of parts whose weights are
        # reordered by prepare() would be resident twice
        wanted = None if mapped and dtype == torch.float32 else dtype
        use_ema = self.behaviour.weights == "ema"
        folder = self.folder / name
        loaded = load_experiment(folder, None, use_ema, (name,), wanted, unread)
        return loaded.to(self.device)


def _without_weights(folder: Path) -> torch.nn.Module:
    """Build the model of a folder without numbers."""
    config = read_config(folder)
    return without_memory(PARTS[config["part"]].build, config)


def folder_of(model: str | Path) -> Path:
    """Return the folder of a system, unpacked or downloaded first if need be.

    Args:
        model: As ``load_pretrained`` takes it.

    Returns:
        A folder with system.yaml.

    Raises:
        ValueError: If it is neither a system nor a tag.
    """
    path = Path(model)
    if path.is_dir() and (path / INDEX).is_file():
        return path
    if path.is_file() and is_archive(path):
        return open_archive(path)
    if path.exists():
        raise ValueError(
            f"{path} is no converted system; make one with python -m "
            f"espnet2.gen_audio.bin.convert_checkpoint --input {path} --output DIR"
        )
    try:
        from espnet_model_zoo.downloader import ModelDownloader
    except ImportError as error:
        raise ValueError(
            f"{model} does not exist; a tag of the model zoo needs 'pip install "
            "espnet_model_zoo'"
        ) from error
    files = ModelDownloader().download_and_unpack(str(model))
    return Path(files["system_file"]).parent


def _caption_encoder(
    folder: Path,
    shapes: _Shapes,
    device: str,
    dtype: torch.dtype,
    room: Room | None,
) -> CaptionEncoder:
    """Load the encoders of the streams that the models read."""
    loa_lm, ldm = shapes.loa_lm, shapes.ldm
    read = [part for part in ("loa_lm", "ldm") if (folder / part).is_dir()]
    for config in map(read_config, (folder / part for part in read)):
        if config.get("text_encoder") == "units":
            return CaptionEncoder.of_units(TextUnits.from_text(config["units_model"]))
    reader = None
    if loa_lm is not None:
        reader = PhonemeReader.of_config(read_config(folder / "loa_lm"))
    wanted = set(loa_lm.lm.condition_dims) if loa_lm is not None else set()
    wanted |= ldm.unet.widths.keys() - {"loa"}
    if reader is not None:
        wanted.discard("tokens")
    elsewhere = read_index(folder).get("elsewhere") or {}  # found by its name
    streams: dict[str, str | None] = {"sentence": None, "tokens": None}
    for stream in wanted:
        place = folder / f"{stream}_encoder"
        if place.name in elsewhere:
            streams[stream] = elsewhere[place.name]
            continue
        if not place.is_dir():
            raise ValueError(
                f"{folder} has no {stream}_encoder, which its models need; convert a "
                "checkpoint that holds it"
            )
        if not any((place / name).is_file() for name in _TOKENIZERS):
            raise ValueError(
                f"{place} has no tokenizer (an official .pth holds none); convert with "
                f"--{stream}_tokenizer FOLDER, the tokenizer of that model"
            )
        streams[stream] = str(place)
    if reader is not None:
        return CaptionEncoder.for_speech(
            streams["sentence"], device, dtype, room, reader
        )
    return CaptionEncoder.from_models(
        streams["sentence"], streams["tokens"], device, dtype, room
    )
