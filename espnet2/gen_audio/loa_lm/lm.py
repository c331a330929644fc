"""GPT-2 over vectors: the hidden state at a position predicts the next LOA vector.

    input    sos c_1 .. c_V eos   y_1 ..  y_L-1     conditions, then LOA vectors
    output                  y_1   y_2 ..  y_L       hidden states, then the head

The input sequence is built in ``sequence``. ``forward`` computes the hidden states of
all vectors in one pass from the true vectors (teacher forcing). ``generate`` uses each
prediction as the next input, with or without a cache of keys and values; the result is
equal.

Shapes: B clips, V vectors of a condition, S columns of all conditions and markers, L
LOA tokens, K tokens of a prefix, A = S + L - 1, D width of GPT-2 and of LOA.
Source: AudioLDM 2, arXiv:2308.05734, section III. The transformer is transformers'
GPT2Model, called with ``inputs_embeds``; its token table is unused, but published
weights contain it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.condition.spec import sequence_specs
from espnet2.gen_audio.loa_lm.choices import build_head
from espnet2.gen_audio.loa_lm.positions import start_with_sinusoids
from espnet2.gen_audio.loa_lm.sequence import ConditionSequence, Layout

DROPOUTS = ("resid_pdrop", "embd_pdrop", "attn_pdrop")
UNUSED_TOKENS = ("bos_token_id", "eos_token_id")


class LOALanguageModel(torch.nn.Module):
    """Predict LOA vectors from conditions, one after another.

    Args:
        width: Width D of GPT-2 and of the LOA (768 published).
        layers: Number of transformer layers.
        heads: Attention heads; divides width.
        condition_dims: Name and width of every condition, in the order of the
            sequence, for example ``{"sentence": 512, "tokens": 1024}``.
        max_positions: Longest sequence, conditions and LOA together.
        dropout: Dropout probability of embeddings, attention and residuals.
        vocab_size: Rows of the unused token table; 1 saves memory, 50257 fits the
            published weights.
        padding: ``strip`` or ``official``, see ``ConditionSequence``.
        loa_start: Position of the first LOA vector, see ``ConditionSequence``.
        condition_lengths: Number of positions that a condition always takes, by name,
            see ``ConditionSequence``; ``{"tokens": 310}`` in the published speech
            models.
        autoregressive: Whether each vector is predicted from the vectors before it, as
            published. If false, all vectors are predicted in one pass, from the
            conditions and the true vectors of a prefix, see ``masked_history``.
        patches_per_step: Number of LOA vectors per time step, one for each frequency
            band. If given, the position table is initialised with sinusoids of position
            in the text, time step and frequency band instead of at random, so that
            training aligns text and sound in far fewer steps; needs ``loa_start``.
        initializer_range: Std of initial weights. GPT-2's 0.02 is right for its width
            of 768; narrower models need a larger std, about 1 / sqrt(width).
        attention: ``sdpa``, or ``eager``, which can return attention weights.
        activation: Activation of the feed-forward layers, by transformers' name; the
            default equals GPT-2's "gelu_new", in one operation instead of eight.
        layer_norm_epsilon: Number that layer normalisations add to the variance.
        head: ``regression``, as published: the hidden state is the next vector; or
            ``flow``: the vector is drawn given the hidden state, see ``FlowHead``.
        head_conf: Arguments of the head.

    Attributes:
        head: Module from a hidden state to a vector.

    Raises:
        ValueError: If heads do not divide the width, patches_per_step is given without
            loa_start, or the head is unknown or its arguments do not fit.
    """

    def __init__(
        self,
        width: int,
        layers: int,
        heads: int,
        condition_dims: Mapping[str, int],
        max_positions: int = 1024,
        dropout: float = 0.1,
        vocab_size: int = 50257,
        padding: str = "strip",
        loa_start: int | None = None,
        condition_lengths: Mapping[str, int] | None = None,
        autoregressive: bool = True,
        patches_per_step: int | None = None,
        initializer_range: float = 0.02,
        attention: str = "sdpa",
        activation: str = "gelu_pytorch_tanh",
        layer_norm_epsilon: float = 1e-5,
        head: str = "regression",
        head_conf: Mapping[str, Any] | None = None,
    ):
        super().__init__()
        from transformers import GPT2Config, GPT2Model

        if width % heads:
            raise ValueError(f"heads={heads} must divide width={width}")
        config = GPT2Config(
            vocab_size=vocab_size,
            n_positions=max_positions,
            n_embd=width,
            n_layer=layers,
            n_head=heads,
            **dict.fromkeys(DROPOUTS, dropout),
            initializer_range=initializer_range,
            activation_function=activation,
            layer_norm_epsilon=layer_norm_epsilon,
            attn_implementation=attention,
            **dict.fromkeys(UNUSED_TOKENS),
        )
        self.gpt2 = GPT2Model(config)
        # unused: DistributedDataParallel must not wait for its gradient
        self.gpt2.get_input_embeddings().weight.requires_grad_(False)
        given = condition_dims, padding, loa_start, condition_lengths
        self.sequence = ConditionSequence(width, *given)
        self.head = build_head(head, head_conf, width)
        self.autoregressive = autoregressive
        self.width, self.max_positions = width, max_positions
        self.condition_dims = dict(condition_dims)
        self.specs = sequence_specs(condition_dims)
        if patches_per_step is not None:
            positions = self.gpt2.get_parameter("wpe.weight")
            start_with_sinusoids(positions, loa_start, patches_per_step)

    def forward(
        self, conditions: Mapping[str, Condition], loa: torch.Tensor
    ) -> torch.Tensor:
        """Return the hidden state that predicts each vector from the columns before it.

        Args:
            conditions: One Condition of B clips per name in ``condition_dims``.
            loa: Inputs, (B, L, D): the true LOA, or a masked history.

        Returns:
            Hidden states, (B, L, D); for a regression head, the predicted LOA.
        """
        return self.attended(conditions, loa, False)[0]

    def attended(
        self,
        conditions: Mapping[str, Condition],
        loa: torch.Tensor,
        with_weights: bool = True,
    ) -> tuple[torch.Tensor, Sequence[torch.Tensor] | None]:
        """Return the hidden states of ``forward``, and attention weights.

        Args:
            conditions: See ``forward``.
            loa: See ``forward``.
            with_weights: Whether to return attention weights, which needs ``attention:
                eager``.

        Returns:
            Hidden states, (B, L, D), and the attention weights of each layer, (B,
            heads, A, A), or None.
        """
        layout = self._layout_of(conditions, loa.shape[1], loa)
        before = loa[:, :-1]  # (B, L - 1, D)
        output = self.gpt2(
            inputs_embeds=torch.cat([layout.sequence.embedding, before], dim=1),
            attention_mask=layout.mask(before.shape[1]).long(),
            position_ids=layout.positions(before.shape[1]),
            use_cache=False,
            output_attentions=with_weights,
        )
        hidden = output.last_hidden_state  # (B, A, D)
        columns = layout.sequence.mask.shape[1]  # S
        states = torch.cat([layout.at_ends(hidden), hidden[:, columns:]], dim=1)
        return states, output.attentions if with_weights else None

    def generate(
        self,
        conditions: Mapping[str, Condition],
        num_tokens: int,
        prefix: torch.Tensor | None = None,
        use_cache: bool = True,
        noise: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Generate LOA vectors; each is the input of the next prediction.

        Gradients flow through all steps unless the caller disables them.

        Args:
            conditions: See ``forward``.
            num_tokens: Number L of LOA tokens, including the prefix.
            prefix: LOA to continue, (B, K, D) with K below L.
            use_cache: Whether to cache keys and values of earlier positions. Without a
                cache, the whole sequence is computed for each vector, with equal
                results.
            noise: Standard normal numbers, (B, L, D), for a head that samples; the
                first K are not used.

        Returns:
            LOA, beginning with the prefix, (B, L, D).

        Raises:
            ValueError: If widths, batch sizes or lengths do not fit.
        """
        layout = self._layout_of(conditions, num_tokens, prefix)
        if prefix is None:
            prefix = layout.sequence.embedding[:, :0]
        if prefix.shape[1] >= num_tokens:
            raise ValueError(
                f"a prefix of {prefix.shape[1]} vectors is not shorter than the LOA of "
                f"{num_tokens}; shorten the prefix or generate more"
            )
        if not self.autoregressive:
            given = prefix.shape[1]
            history = torch.nn.functional.pad(prefix, (0, 0, 0, num_tokens - given))
            hidden = self(conditions, history)[:, given:]  # (B, L - K, D)
            return torch.cat([prefix, self._vectors_of(hidden, noise, given)], dim=1)
        return self.run_autoregression(layout, prefix, num_tokens, use_cache, noise)

    def _vectors_of(
        self, hidden: torch.Tensor, noise: torch.Tensor | None, place: int
    ) -> torch.Tensor:
        """Return the LOA of hidden states; the first is that of vector ``place``."""
        if noise is not None:
            noise = noise[:, place : place + hidden.shape[1]]
        return self.head.sample(hidden, noise)

    def run_autoregression(
        self,
        layout: Layout,
        prefix: torch.Tensor,
        num_tokens: int,
        use_cache: bool = True,
        noise: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Append LOA vectors to a prefix, each predicted from all vectors before it.

        ``accel`` overrides this method with a faster one that returns equal values.

        Args:
            layout: The sequence of conditions.
            prefix: LOA to continue, (B, K, D), K may be 0.
            num_tokens: See ``generate``.
            use_cache: See ``generate``.
            noise: See ``generate``.

        Returns:
            LOA, beginning with the prefix, (B, L, D).
        """
        loa, cache = prefix, None
        while loa.shape[1] < num_tokens:
            hidden, cache = self._step(layout, loa, cache, use_cache)  # (B, 1, D)
            following = self._vectors_of(hidden, noise, loa.shape[1])
            loa = torch.cat([loa, following], dim=1)
        return loa

    def _step(
        self, layout: Layout, loa: torch.Tensor, cache: Any, use_cache: bool
    ) -> tuple[torch.Tensor, Any]:
        """Return the hidden state after ``loa``, (B, 1, D), and the extended cache."""
        count = loa.shape[1]
        if cache is None:
            inputs = torch.cat([layout.sequence.embedding, loa], dim=1)  # (B, S + K, D)
        else:
            inputs = loa[:, -1:]
        output = self.gpt2(
            inputs_embeds=inputs,
            attention_mask=layout.mask(count).long(),
            position_ids=layout.positions(count)[:, -inputs.shape[1] :],
            past_key_values=cache,
            use_cache=use_cache,
        )
        hidden = output.last_hidden_state
        newest = hidden[:, -1:] if count else layout.at_ends(hidden)
        return newest, output.past_key_values

    def _layout_of(
        self,
        conditions: Mapping[str, Condition],
        num_tokens: int,
        loa: torch.Tensor | None,
    ) -> Layout:
        """Build the sequence of conditions; refuse LOA that does not fit to it."""
        if loa is not None and (loa.dim() != 3 or loa.shape[2] != self.width):
            raise ValueError(
                f"LOA of shape {tuple(loa.shape)} was given, but width is "
                f"{self.width}; the model's width must be that of the AudioMAE"
            )
        layout = self.sequence(conditions)
        if loa is not None and len(loa) != len(layout.sequence):
            raise ValueError(
                f"the LOA is of {len(loa)} clips, the conditions are of "
                f"{len(layout.sequence)}; give both for the same clips"
            )
        needed = layout.first + num_tokens - 1  # the last vector is not fed back
        if needed > self.max_positions:
            raise ValueError(
                f"conditions and {num_tokens} LOA vectors need {needed} positions, but "
                f"max_positions is {self.max_positions}; shorten the captions "
                "(max_length of the encoder) or raise max_positions"
            )
        return layout
