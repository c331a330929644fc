"""Values of config.json of autoencoder and vocoder that tensors do not determine.

A value equal to the default of our class is left out, so that the config of a folder
with published values does not change. If a file exists but does not state a value, the
default of the library's class is used, as in diffusers.
"""

import math
from collections.abc import Sequence

from espnet2.gen_audio.checkpoint.assembly.sizes import RATES
from espnet2.gen_audio.checkpoint.diffusers.config_file import (
    FLAG,
    LARGEST,
    ConfigFile,
    Settings,
    changed_values,
    lists_of,
    number,
    one_of,
    whole,
    whole_list,
)
from espnet2.gen_audio.feats.clip import ClipGeometry


def norm_num_groups(file: ConfigFile, widths: Sequence[int]) -> int:
    """Return the number of groups of all group normalisations.

    Args:
        file: Config file of U-Net or autoencoder.
        widths: Width of every level.

    Returns:
        The number of groups.

    Raises:
        ValueError: If the number does not divide every width.
    """
    groups = file.value("norm_num_groups", whole(1, LARGEST), 32)
    if any(width % groups for width in widths):
        raise file.refusal("norm_num_groups", f"a divisor of the widths {list(widths)}")
    return groups


def vae_settings(file: ConfigFile, widths: Sequence[int]) -> Settings:
    """Return the entries of ``vae_conf`` that vae/config.json determines.

    Args:
        file: The file.
        widths: Width of every level.

    Returns:
        Values other than the defaults.

    Raises:
        ValueError: If a value cannot be used.
    """
    groups = norm_num_groups(file, widths)
    return changed_values({"norm_num_groups": groups}, {"norm_num_groups": 32})


def latent_scale(file: ConfigFile) -> float:
    """Return the factor of the latents; 1 if there is no vae/config.json.

    Args:
        file: The file.

    Returns:
        The factor.

    Raises:
        ValueError: If it is no number above zero.
    """
    default = 0.18215 if file.is_there else 1.0  # default of AutoencoderKL
    return float(file.value("scaling_factor", number(0.0, 1e6), default))


def vocoder_settings(
    file: ConfigFile,
    kernels: Sequence[int],
    convolutions: Sequence[int],
    geometry: ClipGeometry,
) -> Settings:
    """Return the entries of ``vocoder_conf`` that vocoder/config.json determines.

    Args:
        file: The file.
        kernels: Kernel size of each stage, from the tensors.
        convolutions: Dilated convolutions in each residual block of a stage.
        geometry: Sizes of the mel spectrogram.

    Returns:
        The values; empty if the file does not exist.

    Raises:
        ValueError: If a value cannot be used, or the product of the rates is not the
            hop.
    """
    if not file.is_there or not kernels:
        return {}
    rates = upsample_rates(file, kernels)
    if math.prod(rates) != geometry.hop:
        raise file.refusal(
            "upsample_rates",
            f"a product of {geometry.hop}, the geometry's hop,",
            "give --geometry FILE with its hop, or none",
        )
    dilations = lists_of(convolutions, 1, LARGEST)
    usual = [[1, 3, 5]] * len(convolutions)
    slope = file.value("leaky_relu_slope", number(-1.0, 1.0), 0.1)
    before = file.value("normalize_before", FLAG, True)
    return {
        "upsample_rates": rates,
        "resblock_dilation_sizes": file.value(
            "resblock_dilation_sizes", dilations, usual
        ),
        # transformers' class ignores the key and always rounds down
        "odd_padding": file.value("odd_padding", one_of("floor", "ceil"), "floor"),
        **changed_values(
            {"leaky_relu_slope": slope, "normalize_before": before},
            {"leaky_relu_slope": 0.1, "normalize_before": False},
        ),
    }


def upsample_rates(file: ConfigFile, kernels: Sequence[int]) -> list[int]:
    """Return the upsampling rate of every stage of a vocoder.

    Args:
        file: vocoder/config.json.
        kernels: Kernel size of each stage.

    Returns:
        The stated rates. If the file states none, those of the library's class; if
        these do not fit the kernels, the published ones.

    Raises:
        ValueError: If a rate is larger than its kernel, or there is not one per stage.
    """
    usual = [4, 4, 4, 4]
    if len(kernels) != len(usual) or min(kernels) < 4:
        usual = list(RATES.get(tuple(kernels), usual))
    rule = whole_list(len(kernels), 1, LARGEST)
    if "upsample_rates" not in file.stated and not rule.holds(usual):
        raise file.refusal("upsample_rates", rule.accepted)
    rates = file.value("upsample_rates", rule, usual)
    if any(rate > kernel for rate, kernel in zip(rates, kernels)):
        raise file.refusal(
            "upsample_rates", f"none above its kernel of {list(kernels)}"
        )
    return list(rates)
