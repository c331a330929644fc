"""Internals of libraries: all are there, all are used, and none outside of accel."""

import ast
import importlib
from pathlib import Path

import pytest
import torch

from espnet2.gen_audio.accel import library_internals
from espnet2.gen_audio.accel.library_internals import INTERNALS, SEEN_IN
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN

PACKAGE = Path(library_internals.__file__).parents[1]
# Names that classes of ours, or documented results of a library, have as well.
AMBIGUOUS = {"attentions", "attn", "decoder", "heads", "mean", "mlp", "norm", "scale"}
AMBIGUOUS |= {"conv", "net", "norm1", "norm2", "proj"}
# Elsewhere private names of torch stand in what other programs wrote: a checkpoint.
ELSEWHERE = {("checkpoint/restricted.py", "torch._utils")}


@pytest.fixture(scope="module")
def layers():
    """Layers of all networks that have a faster form, by the name of their class."""
    geometry = ClipGeometry(seconds=0.64, n_mels=16, latent_channels=3)
    sizes = {"block_out_channels": [4, 4, 8], "norm_num_groups": 2}
    from espnet2.gen_audio.diffusion.build import build_backbone

    unet_conf = {"latent_channels": 3, "channels": [32, 32], "layers_per_block": 1}
    unet_conf |= {"loa_dim": 4, "tokens_dim": 4}

    with torch.device("meta"):
        nets = [
            MelVAE(geometry, **sizes),
            HiFiGAN(geometry, upsample_initial_channel=64),
            LOALanguageModel(8, 1, 2, {"tokens": 4}, vocab_size=1),
            build_backbone({"unet_conf": unet_conf}),
        ]
    modules = [module for net in nets for module in net.modules()]
    # also by the name of a parent: older releases have a subclass for each attention
    return {base.__name__: each for each in modules for base in type(each).__mro__}


def owner_of(internal, layers):
    """Return the module of a library, or the layer, that has the attributes."""
    if "." not in internal.owner:
        return layers[internal.owner]
    if internal.library != "torch":
        return importlib.import_module(internal.owner)
    found = torch
    importlib.import_module("torch._dynamo")
    for name in internal.owner.split(".")[1:]:
        found = getattr(found, name)
    return found


@pytest.mark.parametrize("internal", INTERNALS, ids=lambda each: each.owner)
def test_the_installed_library_has_it(internal, layers):
    owner = owner_of(internal, layers)
    lacking = [name for name in internal.names if not hasattr(owner, name)]
    assert not lacking, f"{internal.owner} of this release has no {lacking}"
    assert SEEN_IN[internal.library]


def words_of(path):
    """Return attributes, imported names and strings of a source file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Constant) and path.stem != "library_internals":
            found.add(node.value)
        elif isinstance(node, ast.keyword):
            found.add(node.arg)
    return found


def test_each_is_used_so_that_the_table_does_not_outlive_the_code():
    used = set().union(*map(words_of, (PACKAGE / "accel").glob("*.py")))
    used.add("_linear_pointwise")  # looked up by its name, since it may be missing
    assert {name for each in INTERNALS for name in each.names} <= used


def is_private(name):
    """Return whether a name begins with one underscore."""
    return name.startswith("_") and not name.startswith("__")


def private_names(source):
    """Return attributes of ``source`` that are internal to a library."""
    listed = {name for each in INTERNALS for name in each.names} - AMBIGUOUS
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {a.name for a in node.names if a.name in listed}
        if not isinstance(node, ast.Attribute):
            continue
        root, *path = ast.unparse(node).split(".")
        if node.attr in listed:
            found.add(node.attr)
        elif root in SEEN_IN and (is_private(node.attr) or path[0] == "ops"):
            found.add(ast.unparse(node))
    return found


@pytest.mark.parametrize(
    "source, name",
    [
        ("unet.net.down_blocks", "down_blocks"),
        ("torch._dynamo.reset()", "torch._dynamo"),
        ("torch.ops.mkldnn.x(1)", "torch.ops"),
        ("from transformers.pytorch_utils import Conv1D", "Conv1D"),
        ("block.attn.c_attn(x)", "c_attn"),
    ],
)
def test_a_planted_internal_is_found(source, name):
    assert name in private_names(source)
    assert not private_names("torch.nn.functional.silu(self.norm(x)).mean()")


def test_no_internal_is_used_in_the_rest_of_the_package():
    found = {
        (str(path.relative_to(PACKAGE)), name)
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "accel"
        for name in private_names(path.read_text("utf-8"))
    }
    assert found - ELSEWHERE == set()
