"""The published conditions, and the config keys that describe them.

Only the table here names the conditions of AudioLDM 2: the language of audio (LOA),
token states (``tokens``) and sentence vectors. All other code of the diffusion model
uses the ``ConditionSpec`` of each row. Further conditions are declared under
``conditions`` in the config, see ``condition/spec.py``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from espnet2.gen_audio.choices import refuse_misfits
from espnet2.gen_audio.condition.spec import (
    EMPTY_CAPTION,
    ENCODER,
    ZEROS,
    ConditionSpec,
    Matrix,
    Role,
    as_matrix,
)
from espnet2.gen_audio.encoder.abs_text_encoder import AbsTextEncoder


@dataclass(frozen=True)
class PublishedCondition:
    """A published condition and its config keys.

    Attributes:
        name: Name of the condition.
        role: The place where the U-Net uses it.
        width_key: Key of ``unet_conf`` with its width. If its value is null, the model
            does not have the condition.
        width: Default of ``width_key``; if None, a model lacks the condition by
            default.
        null: Its null value.
        null_key: Key of the config with the encoding of the empty caption.
        p_drop_key: Key of ``conditions_conf`` with its drop probability. If None, the
            condition is only dropped together with all others.
        channels_key: Key of ``unet_conf`` with the number of channels, if the condition
            can also be concatenated to the latent.
        patch_grid: See ``ConditionSpec``.
    """

    name: str
    role: Role
    width_key: str
    width: int | None = None
    null: str = EMPTY_CAPTION
    null_key: str | None = None
    p_drop_key: str | None = None
    channels_key: str | None = None
    patch_grid: bool = False


PUBLISHED = (
    PublishedCondition(
        name="loa",
        role=Role.CROSS_ATTENTION,
        width_key="loa_dim",
        width=768,
        null=ZEROS,
        p_drop_key="p_drop_loa",
        channels_key="loa_channels",
        patch_grid=True,
    ),
    PublishedCondition(
        name="tokens",
        role=Role.CROSS_ATTENTION,
        width_key="tokens_dim",
        width=1024,
        null_key="null_tokens",
        p_drop_key="p_drop_tokens",
    ),
    PublishedCondition(
        name="sentence",
        role=Role.EMBEDDING,
        width_key="film_dim",
        null_key="null_sentence",
    ),
)
# keys of conditions_conf -> arguments of LatentConditions
CONDITIONS_KEYS = {
    "loa_factor": "pool_factor",
    "loa_factors": "pool_factors",
    "p_drop_all": "p_drop",
    "cfg_per_batch": "per_batch",
}
# values that all published models have, and keys that none of them has
PUBLISHED_CLASSES = {"backbone": "unet", "process": "variance_preserving"}
UNPUBLISHED_KEYS = ("backbone_conf", "process_conf", "conditions")
UNPUBLISHED_UNET_KEYS = ("joined_dim", "loa_channels")
# module names in checkpoints that do not follow the rule of ``module_name``
MODULE_NAMES = {("loa", Role.CHANNELS): "overlay"}


def null_options() -> dict[str, str]:
    """Return the option that gives each published null value, by condition."""
    return {each.name: each.null_key for each in PUBLISHED if each.null_key}


def null_place(condition: str) -> str:
    """Return the option that gives the null value of a condition, for messages."""
    option = null_options().get(condition)
    return f"conditions.{condition}.null" if option is None else f"--{option}"


def module_name(condition: str, role: Role) -> str:
    """Return the name of a network's module for a condition.

    Args:
        condition: Name of the condition.
        role: Its role.

    Returns:
        The name; if published weights have such a module, its name there.
    """
    own = {Role.CHANNELS: f"{condition}_channels"}.get(role, f"{condition}_projection")
    return MODULE_NAMES.get((condition, role), own)


def specs_of(
    config: Mapping[str, Any], text_encoder: AbsTextEncoder | None = None
) -> tuple[ConditionSpec, ...]:
    """Return the conditions of a config.

    Args:
        config: Contents of config.yaml. Without the key ``conditions``, the model has
            the published conditions, with widths of ``unet_conf`` or else published
            widths. With the key, the model has the declared conditions, and those
            published conditions whose width is stated.
        text_encoder: Encoder that is trained with the model; it determines width and
            null value of its condition.

    Returns:
        The specs: the published ones first, then the declared ones in their order.

    Raises:
        ValueError: If a spec is not valid.
    """
    declared = config.get("conditions") or {}
    specs = {}
    for published in PUBLISHED:
        encodes = text_encoder and text_encoder.condition == published.name
        spec = _spec_of(
            published, config, text_encoder if encodes else None, bool(declared)
        )
        if spec is not None:
            specs[published.name] = spec
    for name, values in declared.items():
        specs[name] = ConditionSpec.from_dict(name, values)
    return tuple(specs.values())


def declared_specs(specs: Iterable[ConditionSpec]) -> tuple[ConditionSpec, ...]:
    """Return the conditions that are not published ones, in their order.

    The published conditions of a request are computed from its caption and LOA source;
    a request must contain all others.

    Args:
        specs: Conditions of a model.

    Returns:
        The conditions that a config declares.
    """
    published = {each.name for each in PUBLISHED}
    return tuple(spec for spec in specs if spec.name not in published)


def unet_arguments(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``unet_conf`` without the keys that describe conditions.

    Args:
        config: Contents of config.yaml.

    Returns:
        Arguments of the network.
    """
    own = {key for each in PUBLISHED for key in (each.width_key, each.channels_key)}
    conf = config.get("unet_conf") or {}
    return {key: value for key, value in conf.items() if key not in own}


def conditions_arguments(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``conditions_conf`` as arguments of ``LatentConditions``.

    Args:
        config: Contents of config.yaml.

    Returns:
        The arguments; the drop probabilities of single conditions are in the specs.
    """
    own = {each.p_drop_key for each in PUBLISHED}
    conf = config.get("conditions_conf") or {}
    return {
        CONDITIONS_KEYS.get(key, key): value
        for key, value in conf.items()
        if key not in own
    }


def unpublished_keys(config: Mapping[str, Any]) -> list[str]:
    """Return the keys of a config that no published model has.

    Args:
        config: Contents of config.yaml.

    Returns:
        The keys, with their value if it is a name; empty for a published layout.
    """
    found = [
        f"{key} {config[key]}"
        for key, published in PUBLISHED_CLASSES.items()
        if config.get(key) not in (None, published)
    ]
    found += [key for key in UNPUBLISHED_KEYS if config.get(key)]
    conf = config.get("unet_conf") or {}
    return found + [key for key in UNPUBLISHED_UNET_KEYS if conf.get(key) is not None]


def _spec_of(
    published: PublishedCondition,
    config: Mapping[str, Any],
    encoder: AbsTextEncoder | None,
    only_stated: bool,
) -> ConditionSpec | None:
    """Return the spec of a published condition, if the model has it."""
    unet_conf = config.get("unet_conf") or {}
    _refuse_misfits(published, "unet_conf", unet_conf)
    _refuse_misfits(published, "conditions_conf", config.get("conditions_conf") or {})
    default = None if only_stated else published.width
    width = unet_conf.get(published.width_key, default)
    if encoder is not None:
        width = encoder.width
    channels = unet_conf.get(published.channels_key)
    if width is None:
        if channels is not None:
            raise ValueError(
                f"{published.channels_key} {channels} adds {published.name} to the "
                f"latent, but there is no {published.name}: {published.width_key} is "
                "null; remove it"
            )
        return None
    p_drop = None
    if published.p_drop_key:
        conf = config.get("conditions_conf") or {}
        p_drop = conf.get(published.p_drop_key, 0.0)
    null = ENCODER if encoder is not None else _null_of(published, config)
    return ConditionSpec(
        name=published.name,
        width=width,
        roles=(published.role, *([Role.CHANNELS] if channels else [])),
        null=null,
        p_drop=p_drop,
        patch_grid=published.patch_grid,
        channels=channels,
    )


def _refuse_misfits(
    published: PublishedCondition, key: str, conf: Mapping[str, Any]
) -> None:
    """Refuse values of another type than those of a spec."""
    names = {
        published.width_key: "width",
        published.channels_key: "channels",
        published.p_drop_key: "p_drop",
    }
    own = {
        name: conf[name]
        for name in names.keys() & conf.keys()
        if conf[name] is not None or name == published.p_drop_key
    }
    refuse_misfits(ConditionSpec, own, key, called=names)


def _null_of(published: PublishedCondition, config: Mapping[str, Any]) -> str | Matrix:
    """Return the null value of a condition without a trained encoder."""
    given = config.get(published.null_key) if published.null_key else None
    return published.null if given is None else as_matrix(given)
