"""Values of language_model/config.json that tensors do not determine."""

from espnet2.gen_audio.checkpoint.assembly.sizes import TRANSFORMER_HEAD
from espnet2.gen_audio.checkpoint.diffusers.config_file import (
    LARGEST,
    ConfigFile,
    Settings,
    changed_values,
    number,
    one_of,
    whole,
)
from espnet2.gen_audio.feats.clip import ClipGeometry

ACTIVATIONS = ("gelu_new", "gelu_pytorch_tanh", "gelu", "relu", "silu", "tanh")
# names that transformers accepts for other keys
ALIASES = {
    "num_attention_heads": "n_head",
    "hidden_size": "n_embd",
    "num_hidden_layers": "n_layer",
    "max_position_embeddings": "n_positions",
}


def gpt2_settings(file: ConfigFile, width: int) -> Settings:
    """Return the entries of ``lm_conf`` that language_model/config.json determines.

    Args:
        file: The file.
        width: Width of GPT-2.

    Returns:
        Values other than the defaults, and the number of heads.

    Raises:
        ValueError: If a value cannot be used.
    """
    usual = max(width // TRANSFORMER_HEAD, 1)
    if file.is_there and width % 12 == 0:
        usual = 12  # default of GPT2Config
    heads = file.value("n_head", whole(1, LARGEST), usual)
    if width % heads:
        raise file.refusal("n_head", f"a divisor of the width {width}")
    activation = file.value("activation_function", one_of(*ACTIVATIONS), "gelu_new")
    if activation == "gelu_new":
        activation = "gelu_pytorch_tanh"  # gelu_new in one operation
    given = {
        "activation": activation,
        "layer_norm_epsilon": file.value("layer_norm_epsilon", number(0.0, 1.0), 1e-5),
    }
    usual_values = {"activation": "gelu_pytorch_tanh", "layer_norm_epsilon": 1e-5}
    return {"heads": heads, **changed_values(given, usual_values)}


def loa_factor(file: ConfigFile, geometry: ClipGeometry) -> int:
    """Return the pooling factor that gives the stated number of LOA vectors.

    Args:
        file: language_model/config.json.
        geometry: Sizes of a clip.

    Returns:
        8, as published, if it gives this number; else the factor that does.

    Raises:
        ValueError: If no factor gives this number.
    """
    fitting: dict[int, int] = {}
    for factor in (8, *range(1, geometry.time_patches + 1)):
        try:
            fitting.setdefault(geometry.loa_tokens(factor), factor)
        except ValueError:
            continue  # the factor does not divide the patches
    vectors = file.value("max_new_tokens", whole(1, LARGEST), None)
    if vectors is None:
        return 8
    if vectors not in fitting:
        accepted = f"one of {', '.join(map(str, sorted(fitting)))}, the LOA vectors"
        raise file.refusal(
            "max_new_tokens",
            f"{accepted} of a clip of {geometry.seconds:g} s and "
            f"{geometry.fbank_bins} bins,",
            "correct it, or give --geometry FILE",
        )
    return fitting[vectors]
