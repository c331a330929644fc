"""GPT-2 over vectors: the hidden state at a position predicts the next LOA vector.

    input    sos c_1 .. c_V eos   y_1 ..  y_L-1     conditions, then LOA vectors
    output                  y_1   y_2 ..  y_L       hidden states, then the head

``sequence`` builds the input sequence. ``forward`` computes the hidden states of all
vectors in one pass from the true vectors (teacher forcing). ``generate`` uses each
prediction as the next input, with or without a cache of keys and values; both give
equal vectors. ``masked_history`` has the model that is not autoregressive.

Shapes: B clips, V vectors of a condition, S columns of all conditions and markers, L
LOA tokens, K tokens of a prefix, A = S + L - 1, D width of GPT-2 and of LOA.
Source: AudioLDM 2, arXiv:2308.05734, section III. The transformer is that of ``gpt2``,
called with ``inputs_embeds``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.condition.spec import sequence_specs
from espnet2.gen_audio.loa_lm.choices import build_head
from espnet2.gen_audio.loa_lm.gpt2 import build_gpt2
from espnet2.gen_audio.loa_lm.positions import start_with_sinusoids
from espnet2.gen_audio.loa_lm.sequence import ConditionSequence, SequenceLayout


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
        vocab_size: Rows of the unused token table (published: 50257; 1 saves memory).
        padding: ``strip`` or ``official``, see ``ConditionSequence``.
        loa_start: Position of the first LOA vector, see ``ConditionSequence``.
        condition_lengths: Number of positions that a condition always takes, by name,
            see ``ConditionSequence``.
        patches_per_step: Number of LOA vectors per time step, one for each frequency
            band. If given, the position table starts with sinusoids, see ``positions``;
            needs ``loa_start``.
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
        patches_per_step: int | None = None,
        initializer_range: float = 0.02,
        attention: str = "sdpa",
        activation: str = "gelu_pytorch_tanh",
        layer_norm_epsilon: float = 1e-5,
        head: str = "regression",
        head_conf: Mapping[str, Any] | None = None,
    ):
        super().__init__()
        if width % heads:
            raise ValueError(f"heads={heads} must divide width={width}")
        self.gpt2 = build_gpt2(
            dropout,
            n_embd=width,
            n_layer=layers,
            n_head=heads,
            n_positions=max_positions,
            vocab_size=vocab_size,
            initializer_range=initializer_range,
            activation_function=activation,
            layer_norm_epsilon=layer_norm_epsilon,
            attn_implementation=attention,
        )
        given = condition_dims, padding, loa_start, condition_lengths
        self.sequence = ConditionSequence(width, *given)
        self.head = build_head(head, head_conf, width)
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
            loa: Inputs, (B, L, D), see ``training_inputs``; the last one is not used.

        Returns:
            Hidden states, (B, L, D); for a regression head, the predicted LOA.
        """
        return self.forward_with_attentions(conditions, loa, False)[0]

    def forward_with_attentions(
        self,
        conditions: Mapping[str, Condition],
        loa: torch.Tensor,
        output_attentions: bool = True,
    ) -> tuple[torch.Tensor, Sequence[torch.Tensor] | None]:
        """Return the hidden states of ``forward``, and attention weights.

        Args:
            conditions: See ``forward``.
            loa: See ``forward``.
            output_attentions: Whether to return them (needs ``attention: eager``).

        Returns:
            Hidden states, (B, L, D), and weights (B, heads, A, A) per layer, or None.
        """
        layout = self._layout_of(conditions, loa.shape[1], loa)
        return self._run_once(layout, loa, output_attentions)

    def training_inputs(self, loa: torch.Tensor) -> tuple[torch.Tensor, int]:
        """Return the inputs of one training batch: the true LOA (teacher forcing).

        Args:
            loa: True LOA, (B, L, D).

        Returns:
            Inputs, (B, L, D), and the number of given vectors at the start: 0.
        """
        return loa, 0

    def generate(
        self,
        conditions: Mapping[str, Condition],
        num_tokens: int,
        prefix: torch.Tensor | None = None,
        use_cache: bool = True,
        noise: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Generate LOA; gradients flow through all steps unless they are disabled.

        Args:
            conditions: See ``forward``.
            num_tokens: Number L of LOA tokens, including the prefix.
            prefix: LOA to continue, (B, K, D) with K below L.
            use_cache: Whether to cache keys and values of earlier positions. Without a
                cache, each vector takes a pass over all of them; results are equal.
            noise: Standard normal numbers, (B, L, D), for a head that samples; the
                first K are not used.

        Returns:
            LOA, beginning with the prefix, (B, L, D).

        Raises:
            ValueError: If widths, batch sizes or lengths do not fit.
        """
        layout = self._layout_of(conditions, num_tokens, prefix)
        if prefix is None:
            prefix = layout.conditions.embedding[:, :0]
        if prefix.shape[1] >= num_tokens:
            raise ValueError(
                f"a prefix of {prefix.shape[1]} vectors is not shorter than the LOA of "
                f"{num_tokens}; shorten the prefix or generate more"
            )
        return self.continue_prefix(layout, prefix, num_tokens, use_cache, noise)

    def continue_prefix(
        self,
        layout: SequenceLayout,
        prefix: torch.Tensor,
        num_tokens: int,
        use_cache: bool = True,
        noise: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Append LOA vectors, each predicted from those before it; see also ``accel``.

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
            following = self._sample_vectors(hidden, noise, loa.shape[1])
            loa = torch.cat([loa, following], dim=1)
        return loa

    def _run_once(
        self, layout: SequenceLayout, loa: torch.Tensor, output_attentions: bool = False
    ) -> tuple[torch.Tensor, Sequence[torch.Tensor] | None]:
        """Run GPT-2 over conditions and LOA; see ``forward_with_attentions``."""
        inputs = loa[:, :-1]  # (B, L - 1, D)
        output = self.gpt2(
            inputs_embeds=torch.cat([layout.conditions.embedding, inputs], dim=1),
            attention_mask=layout.attention_mask(inputs.shape[1]).long(),
            position_ids=layout.position_ids(inputs.shape[1]),
            use_cache=False,
            output_attentions=output_attentions,
        )
        hidden = output.last_hidden_state  # (B, A, D)
        columns = layout.conditions.mask.shape[1]  # S
        states = torch.cat([layout.at_last_marker(hidden), hidden[:, columns:]], dim=1)
        return states, output.attentions if output_attentions else None

    def _step(
        self, layout: SequenceLayout, loa: torch.Tensor, cache: Any, use_cache: bool
    ) -> tuple[torch.Tensor, Any]:
        """Return the hidden state after ``loa``, (B, 1, D), and the extended cache."""
        count = loa.shape[1]
        inputs = loa[:, -1:]
        if cache is None:
            inputs = torch.cat([layout.conditions.embedding, loa], dim=1)
        output = self.gpt2(
            inputs_embeds=inputs,
            attention_mask=layout.attention_mask(count).long(),
            position_ids=layout.position_ids(count)[:, -inputs.shape[1] :],
            past_key_values=cache,
            use_cache=use_cache,
        )
        hidden = output.last_hidden_state
        newest = hidden[:, -1:] if count else layout.at_last_marker(hidden)
        return newest, output.past_key_values

    def _sample_vectors(
        self, hidden: torch.Tensor, noise: torch.Tensor | None, start: int
    ) -> torch.Tensor:
        """Return the LOA of hidden states, of which the first predicts token start."""
        if noise is not None:
            noise = noise[:, start : start + hidden.shape[1]]
        return self.head.sample(hidden, noise)

    def _layout_of(
        self,
        conditions: Mapping[str, Condition],
        num_tokens: int,
        loa: torch.Tensor | None,
    ) -> SequenceLayout:
        """Build the sequence of conditions; refuse LOA that does not fit to it."""
        if loa is not None and (loa.dim() != 3 or loa.shape[2] != self.width):
            raise ValueError(
                f"LOA of shape {tuple(loa.shape)} was given, but width is "
                f"{self.width}; the model's width must be that of the AudioMAE"
            )
        layout = self.sequence(conditions)
        if loa is not None and len(loa) != len(layout.conditions):
            raise ValueError(
                f"the LOA is of {len(loa)} clips, the conditions are of "
                f"{len(layout.conditions)}; give both for the same clips"
            )
        needed = layout.first_loa_position + num_tokens - 1  # the last is no input
        if needed > self.max_positions:
            raise ValueError(
                f"conditions and {num_tokens} LOA vectors need {needed} positions, but "
                f"max_positions is {self.max_positions}; shorten the captions "
                "(max_length of the encoder) or raise max_positions"
            )
        return layout
