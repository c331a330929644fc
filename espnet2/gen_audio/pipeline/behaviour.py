"""The differences between the authors' program and ours, as one switch.

``official`` follows the published inference code, for comparisons; ``ours`` is the
default. Source of each difference: the authors' code of AudioLDM 2. The README's list
is ``differences()`` and ``NOT_FOLLOWED``, word for word; a test compares them.
"""

from dataclasses import dataclass, field, fields
from typing import Any


def _differs(ours: Any, official: Any, text: str) -> Any:
    """Return a field with our value as default; its metadata has the authors' value."""
    return field(default=ours, metadata={"official": official, "text": text})


@dataclass(frozen=True)
class Behaviour:
    """One value for every difference that ``--behaviour`` chooses.

    The metadata of a field are the authors' value and the text of the difference, which
    is in the README.
    """

    weights: str = _differs(
        "ema",
        "raw",
        "which weights of a trained experiment are used: raw, or averaged. Of an "
        "official `.pth` that has both, `convert_checkpoint --weights` takes one.",
    )
    clap_replaced: float = _differs(
        0.0,
        0.1,
        "probability that a CLAP vector is replaced by that of the empty caption, in "
        "GPT-2's condition and, for text and sound of each candidate, in the ranking.",
    )
    negative_loa: str = _differs(
        "predicted",
        "refused",
        "a negative prompt is refused, because the authors' program has none, or its "
        "own LOA is predicted. Without a negative prompt both use zeros.",
    )
    candidates: int = _differs(
        1,
        3,
        "number of candidates per caption, ranked by CLAP.",
    )
    keep: str = _differs(
        "all",
        "best",
        "the best candidate is returned, or all of them, sorted.",
    )
    trim: bool = _differs(
        True,
        False,
        "whether the waveform is cut to whole frames; the authors keep 32 samples "
        "more at 16 kHz.",
    )
    padding: str = _differs(
        "strip",
        "official",
        "padding of a caption's states stays inside GPT-2's sequence, so that a "
        "caption's result depends on its batch, or is removed. In published speech "
        "models both keep the 310 positions of a text, so that the LOA starts at "
        "position 315.",
    )
    official_phonemes: bool = _differs(
        False,
        True,
        "phonemes outside the table are read as the pad (id 0), which takes as many "
        "symbols off the end, and a text longer than 310 positions is cut, both with "
        "a warning; otherwise such phonemes are left out, and such a text is refused.",
    )
    vocoder_padding: str = _differs(
        "trained",
        "floor",
        "padding of the 48 kHz vocoder's second stage (kernel 10, rate 5): rounded "
        "down, or as in its training (rounded up). Rounded down, the sound is 16 "
        "samples later and 16 longer.",
    )
    ddim_steps: str = _differs(
        "exact",
        "strided",
        "DDIM with a number of steps that does not divide 1000: every (1000 // "
        "steps)-th step up to the last (30 become 31, from 991), or as many as were "
        "asked for (30, from 958). 200 steps are the same in both.",
    )

    def refuse_negative(self, prompt: str) -> None:
        """Refuse a negative prompt if the behaviour is that of the authors' program.

        Args:
            prompt: The prompt, for the message.

        Raises:
            ValueError: If ``negative_loa`` is ``refused``.
        """
        if self.negative_loa == "refused":
            raise ValueError(
                f"a negative prompt, {prompt!r}, was given, but the authors' program "
                "has none; use --behaviour ours"
            )


BEHAVIOURS = {
    "ours": Behaviour(),
    "official": Behaviour(
        **{each.name: each.metadata["official"] for each in fields(Behaviour)}
    ),
}

# Differences to the authors' program that `official` has, too.
NOT_FOLLOWED = (
    "Noise and all other draws come from one generator per (seed, id); the authors "
    "use one global generator, so that equal seeds give other sounds.",
    "Captions of more than 128 tokens are cut for CLAP as for T5, with a warning; the "
    "authors' CLAP reads 512.",
    "Inpainting and super-resolution: the authors compute a log mel whose frames are "
    "centred half a hop (80 samples) before those of training, sample the posterior, "
    "add new noise to the given latent at every step, and return what the model "
    "generated. Ours computes the log mel of training, takes the posterior mean, "
    "keeps the initial noise, and cross-fades with the given sound or adds the upper "
    "band to it.",
    "A speech caption without a description has an empty one; the authors insert that "
    "of a reporter.",
    "Sounds are written as 16-bit integers; the authors write floats, which may "
    "exceed full scale.",
    "Training: the authors draw drop masks once per batch "
    "(`conditions_conf.cfg_per_batch`; ours once per clip) and leave frozen encoders "
    "in training mode. Both weight GPT-2's loss by 2 (`model_conf.loss_weight`).",
)


def differences() -> list[str]:
    """Return a line for every field of ``Behaviour``: values and text."""
    return [
        f"`{each.name}` ({each.metadata['official']}; ours: {each.default}): "
        f"{each.metadata['text']}"
        for each in fields(Behaviour)
    ]


def behaviour_of(behaviour: str | Behaviour) -> Behaviour:
    """Return a behaviour by its name.

    Args:
        behaviour: A name, or a behaviour, which is returned unchanged.

    Returns:
        The behaviour.

    Raises:
        ValueError: If the name is unknown.
    """
    if isinstance(behaviour, Behaviour):
        return behaviour
    if behaviour not in BEHAVIOURS:
        raise ValueError(
            f"behaviour {behaviour!r} is unknown; use {' or '.join(BEHAVIOURS)}"
        )
    return BEHAVIOURS[behaviour]
