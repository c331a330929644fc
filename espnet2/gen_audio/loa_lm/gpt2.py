"""The transformer of the language model: transformers' GPT-2, fed with vectors.

Its token table is unused, but published weights contain it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import GPT2Model

_DROPOUTS = ("resid_pdrop", "embd_pdrop", "attn_pdrop")
_UNUSED_TOKENS = ("bos_token_id", "eos_token_id")


def build_gpt2(dropout: float, **sizes: Any) -> "GPT2Model":
    """Build GPT-2.

    Args:
        dropout: Dropout probability of embeddings, attention and residuals.
        **sizes: Other arguments of ``GPT2Config``.

    Returns:
        The network, newly initialised.
    """
    from transformers import GPT2Config, GPT2Model

    dropouts = dict.fromkeys(_DROPOUTS, dropout)
    config = GPT2Config(**sizes, **dropouts, **dict.fromkeys(_UNUSED_TOKENS))
    gpt2 = GPT2Model(config)
    # unused: DistributedDataParallel must not wait for its gradient
    gpt2.get_input_embeddings().weight.requires_grad_(False)
    return gpt2
