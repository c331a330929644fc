"""Where the authors' program and ours differ, as one switch.

``official`` does what the published inference code does, for comparisons; ``ours`` is
the default. Source of each difference: the authors' code of AudioLDM 2. The README's
list is ``differences()`` and ``NOT_FOLLOWED``, word for word; a test compares them.
"""

from dataclasses import dataclass, field, fields
from typing import Any


def _differs(ours: Any, official: Any, text: str) -> Any:
    """Return a field with our value as its default, and the authors' value and text."""
    return field(default=ours, metadata={"official": official, "text": text})


@dataclass(frozen=True)
class Behaviour:
    """One value for every difference that ``--behaviour`` chooses.

    The metadata of a field hold the authors' value and the text of the difference,
    which stands in the README.
    """

    weights: str = _differs(
        "ema",
        "raw",
        "weights of a trained experiment: raw, or averaged (of an official `.pth` "
        "that has both, `convert_checkpoint --weights` takes one)",
    )
    clap_replaced: float = _differs(
        0.0,
        0.1,
        "chance that a CLAP vector is replaced by that of the empty caption: in "
        "GPT-2's condition, and in the ranking for text and sound of each candidate",
    )
    negative_loa: str = _differs(
        "predicted",
        "refused",
        "negative prompts: refused, as the authors' program knows none, or with an "
        "LOA of their own; without one both use zeros",
    )
    candidates: int = _differs(1, 3, "sounds made of a caption, ranked by CLAP")
    keep: str = _differs("all", "best", "what is returned of them: one, or all, sorted")
    trim: bool = _differs(
        True,
        False,
        "whether the waveform is cut to whole frames; uncut it is 32 samples longer "
        "at 16 kHz",
    )
    padding: str = _differs(
        "strip",
        "official",
        "padding of a caption's states: left inside GPT-2's sequence, where it moves "
        "a caption's result with its batch mates, or taken out (published speech "
        "models: always filled to 310 positions, so that the LOA starts at 315)",
    )
    official_phonemes: bool = _differs(
        False,
        True,
        "phonemes of speech: symbols outside the table become the pad (id 0) and take "
        "as many symbols off the end, and what is beyond the last of 310 positions is "
        "cut, with a warning; or such symbols are left out, and a longer text is "
        "refused",
    )
    vocoder_padding: str = _differs(
        "trained",
        "floor",
        "padding of the 48 kHz vocoder's odd stage: rounded down, or as in its "
        "training, rounded up; down, the sound comes 16 samples later and is 16 "
        "longer",
    )
    ddim_steps: str = _differs(
        "exact",
        "strided",
        "DDIM with a number of steps that does not divide 1000: every (1000 // "
        "steps)-th step to the last (of 30: 31 from 991), or as many as were asked "
        "for (of 30: 30 from 958); 200 are the same in both",
    )

    def refuse_negative(self, prompt: str) -> None:
        """Refuse a negative prompt where the authors' program is followed.

        Args:
            prompt: The prompt, for the message.

        Raises:
            ValueError: If ``negative_loa`` is ``refused``.
        """
        if self.negative_loa == "refused":
            raise ValueError(
                f"a negative prompt, {prompt!r}, was given, but the authors' program "
                "knows none; use --behaviour ours"
            )


PRESETS = {
    "ours": Behaviour(),
    "official": Behaviour(
        **{each.name: each.metadata["official"] for each in fields(Behaviour)}
    ),
}

# What `official` does as `ours` does.
NOT_FOLLOWED = (
    "noise and every other draw: from generators of (seed, id) each; theirs from one "
    "global generator, so that equal seeds give other sounds",
    "captions of more than 128 tokens: cut for CLAP as for T5, with a warning; their "
    "CLAP reads 512",
    "inpainting and super-resolution: theirs reads a mel spectrogram that is centred "
    "half a hop (80 samples) away from that of training, samples the posterior, "
    "noises the given latent anew at every step and returns what the models made; "
    "ours reads training's mel, takes the mean, keeps the first noise and cross-fades "
    "into the given sound, or adds the upper band to it",
    "a speech caption without a description: empty here; theirs is a reporter's voice",
    "files: 16 bit here; theirs are float and may exceed full scale",
    "training: conditions are dropped once a batch there, once a clip here "
    "(`conditions_conf.cfg_per_batch`); their frozen encoders are in training mode",
)


def differences() -> list[str]:
    """Return a line for every field of ``Behaviour``: values and text."""
    return [
        f"`{each.name}` ({each.metadata['official']}; ours: {each.default}): "
        f"{each.metadata['text']}"
        for each in fields(Behaviour)
    ]


def behaviour_of(preset: str | Behaviour) -> Behaviour:
    """Return the behaviour of a preset.

    Args:
        preset: Its name, or a behaviour, which is returned as it is.

    Returns:
        The behaviour.

    Raises:
        ValueError: If the name is unknown.
    """
    if isinstance(preset, Behaviour):
        return preset
    if preset not in PRESETS:
        raise ValueError(f"preset {preset!r} is unknown; use {' or '.join(PRESETS)}")
    return PRESETS[preset]
