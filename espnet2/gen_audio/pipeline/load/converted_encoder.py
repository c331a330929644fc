"""The caption encoder of a converted folder: the streams that its models read."""

from pathlib import Path

from espnet2.gen_audio.checkpoint.archive.folder import read_index
from espnet2.gen_audio.checkpoint.experiment import read_config
from espnet2.gen_audio.diffusion.published_conditions import declared_specs
from espnet2.gen_audio.encoder.abs_text_encoder import TEXT_STATES
from espnet2.gen_audio.encoder.speech_config import (
    phoneme_reader,
    warn_if_unpadded,
)
from espnet2.gen_audio.pipeline.behaviour import Behaviour
from espnet2.gen_audio.pipeline.captions import CaptionEncoder
from espnet2.gen_audio.pipeline.load.part_files import Shapes
from espnet2.gen_audio.pipeline.load.part_loader import Placement
from espnet2.gen_audio.text.caption_units import TextUnits

_TOKENIZERS = ("tokenizer.json", "vocab.json", "spiece.model")


def caption_encoder(
    folder: Path,
    shapes: Shapes,
    placement: Placement = Placement(),
    behaviour: Behaviour = Behaviour(),
) -> CaptionEncoder:
    """Load the encoders of the streams that the models of a folder read.

    Args:
        folder: Converted folder.
        shapes: Its generators without weights.
        placement: Device, precision, and whether encoders are loaded lazily.
        behaviour: Behaviour, which determines how phonemes are read.

    Returns:
        The encoder.

    Raises:
        ValueError: If the folder lacks an encoder or its tokenizer.
    """
    read = [part for part in ("loa_lm", "ldm") if (folder / part).is_dir()]
    for config in map(read_config, (folder / part for part in read)):
        if config.get("text_encoder") == "units":
            return CaptionEncoder.of_units(TextUnits.from_text(config["units_model"]))
    reader = None
    if shapes.loa_lm is not None:
        config = read_config(folder / "loa_lm")
        warn_if_unpadded(config, folder / "loa_lm")
        reader = phoneme_reader(config, behaviour.official_phonemes)
    wanted = _wanted_streams(shapes, reader is not None)
    streams = {name: _encoder_name(folder, name) for name in sorted(wanted)}
    sentence, tokens = streams.get("sentence"), streams.get("tokens")
    where = placement.device, placement.dtype, placement.slot
    if reader is not None:
        return CaptionEncoder.for_speech(sentence, *where, reader, tokens)
    return CaptionEncoder.from_models(sentence, tokens, *where)


def _wanted_streams(shapes: Shapes, speech: bool) -> set[str]:
    """Return the streams of frozen encoders that the generators read."""
    specs = shapes.ldm.unet.specs
    wanted = {spec.name for spec in specs if not spec.patch_grid}
    wanted -= {spec.name for spec in declared_specs(specs)}  # given with a request
    if shapes.loa_lm is not None:
        of_lm = set(shapes.loa_lm.lm.condition_dims)
        wanted |= of_lm - {TEXT_STATES} if speech else of_lm  # phonemes, not captions
    return wanted


def _encoder_name(folder: Path, stream: str) -> str:
    """Return the folder or name of the encoder of a stream."""
    place = folder / f"{stream}_encoder"
    elsewhere = read_index(folder).get("elsewhere") or {}
    if place.name in elsewhere:
        return elsewhere[place.name]
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
    return str(place)
