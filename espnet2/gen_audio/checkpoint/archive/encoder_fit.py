"""Check a frozen encoder against the class of transformers that its config names."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import torch

from espnet2.gen_audio.checkpoint.strict_fit import (
    refuse_misfit,
    without_memory,
)

# Index tables that are computed from the sizes, and the second name of T5's token
# table: some releases of transformers store them, others do not.
_DERIVED = re.compile(
    r".*\.(?:position_ids|token_type_ids|relative_position_index)"
    r"|encoder\.embed_tokens\.weight"
)


def refuse_misfit_of_encoder(
    config: Mapping[str, Any],
    given: Mapping[str, torch.Tensor],
    source: object,
    origins: Mapping[str, str] | None = None,
    values: Iterable[tuple[str, torch.Tensor]] | None = None,
) -> None:
    """Refuse weights that do not fit the encoder of a config.

    Conversions write CLAP and the encoder of T5: these are built without memory and
    compared by name and shape. Any other model of transformers may have heads that are
    not used here: its weights are only checked to be finite.

    Args:
        config: Contents of config.json.
        given: Weights by transformers' names.
        source: File, for the message.
        origins: Names in the file by names in ``given``, for the message.
        values: See ``refuse_misfit``.

    Raises:
        ValueError: If a weight is missing, extra, misshapen or not finite, or
            transformers cannot build the model from the config.
    """
    build = _BUILDERS.get(tuple(config.get("architectures") or ()))
    if build is None:
        expected: Mapping[str, torch.Tensor] = given
    else:
        try:
            expected = without_memory(build, config).state_dict()
        except Exception as error:  # transformers raises many errors for odd values
            reason = " ".join(str(error).split())
            raise ValueError(
                f"{source}: its config.json describes no {config['architectures'][0]} "
                f"({reason}); convert the checkpoint again"
            ) from error
    weights = {name: t for name, t in given.items() if not _DERIVED.fullmatch(name)}
    expected = {n: t for n, t in expected.items() if not _DERIVED.fullmatch(n)}
    refuse_misfit(expected, weights, source, origins=origins, values=values)


def _clap(config: Mapping[str, Any]) -> torch.nn.Module:
    from transformers import ClapConfig, ClapModel

    return ClapModel(ClapConfig(**config))


def _t5(config: Mapping[str, Any]) -> torch.nn.Module:
    from transformers import T5Config, T5EncoderModel

    return T5EncoderModel(T5Config(**config))


_BUILDERS = {("ClapModel",): _clap, ("T5EncoderModel",): _t5}
