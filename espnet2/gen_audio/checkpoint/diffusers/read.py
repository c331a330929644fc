"""Read a folder of diffusers' AudioLDM2Pipeline.

Our networks consist of layers of diffusers and transformers, so tensors keep their
names below a prefix. Values that a config file states are used; other values are
inferred and logged. The published folders state a wrong number of heads (8 at every
level, where the authors' network has heads of 32 features); these folders are
recognised by their exact sizes.
"""

import logging
from collections.abc import Mapping
from pathlib import Path

from espnet2.gen_audio.checkpoint.archive.encoder_fit import refuse_misfit_of_encoder
from espnet2.gen_audio.checkpoint.archive.provenance import provenance_of
from espnet2.gen_audio.checkpoint.archive.system import Encoder, Part, System
from espnet2.gen_audio.checkpoint.diffusers.components import (
    read_diffusion_model,
    read_vae,
    read_vocoder,
)
from espnet2.gen_audio.checkpoint.diffusers.config_file import ConfigFile
from espnet2.gen_audio.checkpoint.diffusers.geometry import geometry_of
from espnet2.gen_audio.checkpoint.diffusers.language_model import read_language_model
from espnet2.gen_audio.checkpoint.diffusers.pipeline_folder import PipelineFolder
from espnet2.gen_audio.checkpoint.diffusers.weights import read_weights
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.files.regular_file import WHOLE, regular

# part -> components of which a folder must have one, and the reader of the part
_READERS = {
    "vae": (("vae",), read_vae),
    "vocoder": (("vocoder",), read_vocoder),
    "loa_lm": (("language_model", "projection_model"), read_language_model),
    "ldm": (("unet",), read_diffusion_model),
}


def read_diffusers(folder: Path | str, geometry: ClipGeometry | None = None) -> System:
    """Read the folder of a pipeline, or a folder with some of its components.

    Args:
        folder: Folder with some or all of ``unet``, ``vae``, ``vocoder``,
            ``language_model``, ``projection_model``, ``text_encoder``,
            ``text_encoder_2`` and their tokenizers.
        geometry: Sizes of a clip; if None, the published ones that fit, with the values
            that the folder states.

    Returns:
        The system; the VITS model's unused tensors stay with ``loa_lm``.

    Raises:
        ValueError: If a tensor or a config does not fit.
    """
    pipeline = PipelineFolder(Path(folder))
    notes: list[str] = []
    if geometry is None:
        unet, vocoder = pipeline.config("unet"), pipeline.config("vocoder")
        geometry, notes = geometry_of(pipeline.states, unet, vocoder)
    parts = {
        name: read(pipeline, geometry)
        for name, (components, read) in _READERS.items()
        if any(component in pipeline.states for component in components)
    }
    encoders = _read_encoders(pipeline.path, pipeline.source, pipeline.speech)
    if not parts and not encoders:
        raise ValueError(
            f"{folder} holds no part of an AudioLDM2Pipeline (unet, vae, vocoder, "
            "language_model with projection_model, text_encoder, text_encoder_2)"
        )
    _log(notes, parts)
    return System(_variant(parts, pipeline.speech), parts, encoders, notes)


def _log(notes: list[str], parts: Mapping[str, Part]) -> None:
    """Log what was inferred or decided."""
    for note in notes:
        logging.info("%s", note)
    for name, part in parts.items():
        for note in part.provenance["notes"]:
            logging.info("%s: %s", name, note)


def _read_encoders(folder: Path, source: str, speech: bool) -> dict[str, Encoder]:
    encoders = {}
    places = {"sentence_encoder": ("text_encoder", "tokenizer", "feature_extractor")}
    if not speech:
        places["tokens_encoder"] = ("text_encoder_2", "tokenizer_2")
    for name, (model, *others) in places.items():
        if not (folder / model).is_dir():
            continue
        files = {
            path.name: regular(path, WHOLE).read_bytes()
            for other in others
            for path in sorted((folder / other).glob("*"))
            if path.is_file()
        }
        config = dict(ConfigFile.read(folder / model).stated)
        state = read_weights(folder / model)
        refuse_misfit_of_encoder(config, state, folder / model)
        provenance = provenance_of(name, source)
        encoders[name] = Encoder(name, config, state, files, provenance)
    return encoders


def _variant(parts: Mapping[str, Part], speech: bool) -> str:
    """Name the published model with this U-Net; "full" also stands for music."""
    if "ldm" not in parts or speech:
        return "audioldm2-speech" if speech else "custom"
    conf = parts["ldm"].config["unet_conf"]
    if conf["channels"] != [128, 256, 384, 640]:
        return "custom"
    large = conf["transformer_depth"] == 2
    return "audioldm2-full-large" if large else "audioldm2-full"
