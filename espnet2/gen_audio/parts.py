"""The trained parts of AudioLDM 2: one record per part.

A record is the only place with the name of a part, the function that builds its model,
the task and command that train it, and the keys of its ``config.yaml`` that describe
the model. Training, fine-tuning, loading, packing and ESPnet's lists of tasks read
these records. Builders and tasks are given as text and imported at their first use, so
this module imports no model.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class PartRecord:
    """The description of one part.

    Attributes:
        name: Value of ``part`` in ``config.yaml``.
        builder: ``module:function`` that builds the ESPnet model from a plain config.
        task: ``module:class`` of the task that trains it.
        command: Module of the training command, for ``python -m``.
        criterion: Phase, quantity and direction that determine the best epoch.
        model_keys: Keys of the config that define the layers and their computation;
            ``key.inner`` means one entry of a key. Fine-tuning reads them from its
            initial part.
        training_keys: Further keys that the builder reads, which describe training.
        measured_keys: Further keys that the builder reads, with values measured on the
            training data; in fine-tuning, options override them.
        keys_of_weights: For each prefix of weights that a file may lack, the keys that
            describe these weights.
        training_weights: Prefixes of weights that only training needs.
        unpacked_keys: Training keys that the config of a packed part does not have,
            because they only add training weights.
    """

    name: str
    builder: str
    task: str = ""
    command: str = ""
    criterion: tuple[str, str, str] = ("valid", "loss", "min")
    model_keys: tuple[str, ...] = ()
    training_keys: tuple[str, ...] = ()
    measured_keys: tuple[str, ...] = ()
    keys_of_weights: Mapping[str, str] = field(default_factory=dict)
    training_weights: tuple[str, ...] = ()
    unpacked_keys: tuple[str, ...] = ()

    def build(self, config: Mapping[str, Any]) -> Any:
        """Build the untrained model of a config.

        Args:
            config: Contents of ``config.yaml``, or the settled options of a training.

        Returns:
            The ESPnet model.

        Raises:
            ValueError: If the arguments of a class are no mapping.
        """
        for key in (*self.config_keys(), "geometry_conf"):
            value = config.get(key) if key.endswith("_conf") else None
            if not isinstance(value, Mapping | None):
                raise ValueError(
                    f"{key}: {str(value)[:40]!r} was given; give 'name: value' lines, "
                    f"the arguments of {self.name}"
                )
        return self.load_builder()(config)

    def load_builder(self) -> Callable[[Mapping[str, Any]], Any]:
        """Import the function that builds the model, and return it."""
        return _load(self.builder)

    def load_task(self) -> type:
        """Import the class that trains the part, and return it."""
        return _load(self.task)

    def config_keys(self) -> tuple[str, ...]:
        """Return every key of the config that the builder reads, outer names only.

        ``part`` and ``geometry_conf``, which all parts have, are not included.
        """
        keys = (*self.model_keys, *self.training_keys, *self.measured_keys)
        return tuple(dict.fromkeys(key.partition(".")[0] for key in keys))


_TEXT = ("text_encoder", "text_encoder_conf", "units_model")
_DISCRIMINATOR = {"discriminator": "discriminator_conf"}
_ADVERSARIAL = ("discriminator", "generator_steps")

_RECORDS = (
    PartRecord(
        name="audiomae",
        builder="espnet2.gen_audio.audiomae.build:build_audiomae",
        task="espnet2.gen_audio.tasks.audiomae:AudioMAETask",
        command="espnet2.gen_audio.bin.audiomae_train",
        model_keys=("encoder_conf", "fbank_conf"),
        training_keys=("decoder_conf", "model_conf"),
        keys_of_weights={"mae.decoder": "decoder_conf"},
    ),
    PartRecord(
        name="vae",
        builder="espnet2.gen_audio.vae.build:build_vae",
        task="espnet2.gen_audio.tasks.gan_vae:GANVAETask",
        command="espnet2.gen_audio.bin.gan_vae_train",
        criterion=("valid", "mel_l1", "min"),
        model_keys=("vae", "vae_conf"),
        training_keys=("discriminator_conf", "loss_conf", "model_conf"),
        keys_of_weights=_DISCRIMINATOR,
        training_weights=_ADVERSARIAL,
    ),
    PartRecord(
        name="vocoder",
        builder="espnet2.gen_audio.vocoder.build:build_vocoder",
        task="espnet2.gen_audio.tasks.gan_vocoder:GANVocoderTask",
        command="espnet2.gen_audio.bin.gan_vocoder_train",
        criterion=("valid", "mel_l1", "min"),
        model_keys=("vocoder", "vocoder_conf"),
        training_keys=("discriminator_conf", "loss_conf"),
        keys_of_weights=_DISCRIMINATOR,
        training_weights=_ADVERSARIAL,
    ),
    PartRecord(
        name="loa_lm",
        builder="espnet2.gen_audio.loa_lm.build:build_loa_lm",
        task="espnet2.gen_audio.tasks.loa_lm:LOALMTask",
        command="espnet2.gen_audio.bin.loa_lm_train",
        criterion=("valid", "l1_rollout", "min"),
        model_keys=("lm_conf", "model_conf.loa_factor", "phonemes_conf", *_TEXT),
        training_keys=("model_conf",),
    ),
    PartRecord(
        name="ldm",
        builder="espnet2.gen_audio.diffusion.build:build_ldm",
        task="espnet2.gen_audio.tasks.ldm:LDMTask",
        command="espnet2.gen_audio.bin.ldm_train",
        criterion=("valid", "eps_mse", "min"),
        model_keys=(
            "backbone",
            "backbone_conf",
            "process",
            "process_conf",
            "conditions",
            "unet_conf",
            "schedule_conf",
            "conditions_conf.loa_factor",
            "model_conf.objective",
            *_TEXT,
        ),
        training_keys=("conditions_conf", "model_conf", "alignment_conf"),
        measured_keys=("latent_scale", "null_tokens", "null_sentence"),
        training_weights=("ema",),
        unpacked_keys=("alignment_conf",),
    ),
    PartRecord(
        name="joint",
        builder="espnet2.gen_audio.joint.build:build_joint",
        task="espnet2.gen_audio.tasks.joint:JointTask",
        command="espnet2.gen_audio.bin.joint_train",
        criterion=("valid", "eps_mse", "min"),
        model_keys=("loa_lm_conf", "ldm_conf"),
        training_keys=("model_conf",),
    ),
    PartRecord(
        name="ldm_student",
        builder="espnet2.gen_audio.diffusion.student.build:build_ldm_student",
        task="espnet2.gen_audio.tasks.ldm_student:LDMStudentTask",
        command="espnet2.gen_audio.bin.ldm_student_train",
        model_keys=("ldm_conf",),
        training_keys=("model_conf",),
        training_weights=("ema",),
    ),
)

PARTS: Mapping[str, PartRecord] = {record.name: record for record in _RECORDS}


def record_of(config: Mapping[str, Any], source: object) -> PartRecord:
    """Return the record of the part that a config belongs to.

    Args:
        config: Contents of a ``config.yaml``.
        source: Path of the config, for the message.

    Returns:
        The record.

    Raises:
        ValueError: If ``part`` is missing or unknown.
    """
    name = config.get("part")
    if not isinstance(name, str) or name not in PARTS:
        raise ValueError(
            f"{source} is of part {name!r}; one of {', '.join(PARTS)} is accepted: "
            "give the folder of a training or of a converted part"
        )
    return PARTS[name]


def _load(place: str) -> Any:
    """Import an object given as ``module:name``."""
    module, name = place.split(":")
    return getattr(importlib.import_module(module), name)
