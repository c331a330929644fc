"""Load the trained model of an experiment folder for inference.

The folder's config.yaml names the part and its sizes; no other file and no ESPnet task
is needed. Weights are loaded as tensors only, and each of them must fit.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.checkpoint.strict_fit import refuse_misfit
from espnet2.gen_audio.files.file_form import Form, form_of
from espnet2.gen_audio.files.plain_yaml import read_yaml
from espnet2.gen_audio.files.tensor_file import load_tensors, tensors_in_turns
from espnet2.gen_audio.parts import PARTS, PartRecord, record_of

WEIGHTS = "model.safetensors"  # weights of a converted part

UNREAD = ("lm.gpt2.wte.weight",)  # GPT-2's input is vectors, see LOALanguageModel


def load_experiment(
    model_dir: Path | str,
    weights: str | None = None,
    use_ema: bool = True,
    parts: tuple[str, ...] = tuple(PARTS),
    dtype: torch.dtype | None = None,
    unread: tuple[str, ...] = (),
) -> torch.nn.Module:
    """Build the model of an experiment and load its weights.

    Weights in safetensors are memory-mapped, not copied, unless ``dtype`` is another
    precision. Mapped weights that the model does not use take no memory.

    Args:
        model_dir: Folder with config.yaml and the epoch files of a training, or with
            the weights of a converted checkpoint.
        weights: File in that folder (or a path); the converted weights, or the best
            epoch by the config's criterion, if None.
        use_ema: Replace the weights by their moving average, if the model has one.
        parts: Parts that the caller accepts.
        dtype: Precision of the weights, whatever that of the file is; torch's default
            if None.
        unread: Prefixes of names of weights that stay in the file, in its precision,
            until they are used.

    Returns:
        The ESPnet model, in eval mode, without gradients.

    Raises:
        FileNotFoundError: If config.yaml or the weights are missing.
        ValueError: If the part is unknown or not accepted, or a weight is missing,
            extra, misshapen or not finite.
    """
    model_dir = Path(model_dir)
    config = read_config(model_dir)
    part = config.get("part")
    if not isinstance(part, str) or part not in PARTS or part not in parts:
        raise ValueError(
            f"{model_dir}/config.yaml is of part {part!r}; one of {', '.join(parts)} "
            "is needed here: give the folder of such a training"
        )
    path = weights_path(model_dir, config, weights)
    dtype = dtype or torch.get_default_dtype()
    if form_of(path) is Form.SAFETENSORS:
        model = _mapped(PARTS[part], config, path, dtype, UNREAD + unread)
    else:
        model = PARTS[part].build(config)
        absent = config.get("absent_weights") or ()
        load_strictly(model, load_tensors(path), path, absent)
        if use_ema and hasattr(model, "use_ema"):
            model.use_ema()
        model.to(dtype)
    if hasattr(model, "drop_alignment"):
        model.drop_alignment()  # checked above, used in training only
    logging.info("%s from %s (moving average: %s)", part, path, use_ema)
    return model.eval().requires_grad_(False)


def load_strictly(
    model: torch.nn.Module,
    state: Mapping[str, torch.Tensor],
    source: object,
    absent: Sequence[str] = (),
) -> None:
    """Load weights, all of which must fit.

    Weights that may be absent keep their initial values: a discriminator, a decoder, or
    a moving average, which then starts from the loaded weights.

    Args:
        model: Model to fill.
        state: Weights by name.
        source: Where they came from, for the message.
        absent: Names, or prefixes of names, that the weights may lack.

    Raises:
        ValueError: If a weight is missing, extra, misshapen or not finite.
    """
    refuse_misfit(model.state_dict(), state, source, absent)
    model.load_state_dict(state, strict=not absent)


def _mapped(
    record: PartRecord,
    config: Mapping[str, Any],
    path: Path,
    dtype: torch.dtype | None,
    unread: tuple[str, ...],
) -> torch.nn.Module:
    """Build a model on the memory-mapped weights of a file, without a copy."""
    from accelerate import init_empty_weights

    absent = list(config.get("absent_weights") or ())
    if "ema" in absent:  # a model without moving average allocates none
        model_conf = {**(config.get("model_conf") or {}), "ema_decay": None}
        config = {**config, "model_conf": model_conf}
        absent.remove("ema")
    with init_empty_weights(include_buffers=False):
        model = record.build(config)
    state = load_tensors(path, dtype=dtype, unread=unread)
    own = model.state_dict()
    refuse_misfit(own, state, path, absent, values=tensors_in_turns(path))
    model.load_state_dict(state, strict=not absent, assign=True)
    # absent weights are used in training only; zeros take no memory until written
    for module in model.modules():
        for name, weight in list(module.named_parameters(recurse=False)):
            if weight.is_meta:
                zeros = torch.zeros(weight.shape, dtype=dtype, device="cpu")
                setattr(module, name, torch.nn.Parameter(zeros, requires_grad=False))
        for name, values in list(module.named_buffers(recurse=False)):
            if values.is_meta:
                setattr(module, name, torch.zeros_like(values, device="cpu"))
    return model


def read_config(model_dir: Path | str) -> dict[str, Any]:
    """Read the config.yaml of an experiment.

    Args:
        model_dir: Folder of the training.

    Returns:
        Its contents.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If it is no mapping of plain values, or ``conditions`` or a key
            ``*_conf`` is none.
    """
    path = Path(model_dir) / "config.yaml"
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} does not exist; give the folder that a training wrote"
        )
    config = read_yaml(path, "copy the folder again")
    if not isinstance(config, dict):
        raise ValueError(
            f"{path} holds a {type(config).__name__}, where 'key: value' lines are "
            "needed; copy the folder again"
        )
    for key, value in config.items():
        named = str(key).endswith("_conf") or key == "conditions"
        if named and not isinstance(value, (dict, type(None))):
            raise ValueError(
                f"{path}, {key}: got {str(value)[:60]!r}, where values by name are "
                "needed; copy the folder again"
            )
    return config


def weights_path(
    model_dir: Path, config: Mapping[str, Any], weights: str | None = None
) -> Path:
    """Return the file of weights to use.

    Args:
        model_dir: Folder of the training.
        config: Its config.
        weights: Name in the folder, or a path. If None: the converted weights if the
            folder has any, else the best epoch.

    Returns:
        An existing file.

    Raises:
        FileNotFoundError: If it does not exist; the message lists the files that do.
    """
    if weights is None and (model_dir / WEIGHTS).is_file():
        return model_dir / WEIGHTS
    record = record_of(config, model_dir / "config.yaml")
    if weights is None:
        criteria = config.get("best_model_criterion") or [record.criterion]
        phase, key, _ = criteria[0]
        weights = f"{phase}.{key}.best.pth"
    for path in (model_dir / weights, Path(weights)):
        if path.is_file():
            return path
    found = sorted(file.name for file in model_dir.glob("*.pth"))
    raise FileNotFoundError(
        f"{model_dir / weights} does not exist; the folder has "
        f"{', '.join(found) or 'no .pth file'}: train the part (python -m "
        f"{record.command}), or name one of them"
    )
