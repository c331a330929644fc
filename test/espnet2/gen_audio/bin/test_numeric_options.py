"""Every number that a command takes is checked where it is read, and named there."""

import argparse
import importlib
import pkgutil

import pytest

from espnet2.gen_audio import bin as commands

WORDS = ("nan", "-1", "0", "1e99", "", "1_0", "inf", "\uff11")
# what an option takes of them; all others take none
TAKEN = {
    "eta": ("0",),
    "guidance_scale": ("0", "1e99"),
    "guidance_interval": ("0",),
    "guidance_rescale": ("0",),
    "fade": ("0",),
    "cut": ("1e99",),
    "span": ("0", "1e99"),
    "max_seconds": ("1e99",),
    "min_seconds": ("0", "1e99"),
    "augment_clips": ("0",),
    "segment_hop": ("0",),
    "segment_least": ("0",),
    "max_clips": ("0",),
    "gpu": ("0",),
    "j": ("0",),
    "seeds": ("-1", "0"),
    "seed": ("0",),
}
NEGATIVE_SEEDS = ("gen_audio", "gen_audio_inference")  # noise is seeded by a text


def numeric(parser):
    """Yield the options of a parser that take numbers, with the subcommand."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                yield from ((name, option) for _, option in numeric(sub))
        elif action.option_strings and action.type is not None:
            assert action.type not in (int, float), f"{action.dest} has no bounds"
            if _reads_numbers(action.type):
                yield None, action


def _reads_numbers(read):
    """Tell whether a function takes a whole number and no word."""
    try:
        return isinstance(read("1"), (int, float, list)) and not _takes(read, "x")
    except (argparse.ArgumentTypeError, ValueError, KeyError, OSError):
        return False


def _takes(read, word):
    try:
        read(word)
    except (argparse.ArgumentTypeError, ValueError):
        return False
    return True


def cases():
    """Return each command's name, subcommand and numeric option."""
    found = []
    for module in pkgutil.iter_modules(commands.__path__):
        if module.name.endswith("_train"):
            continue  # options of ESPnet's trainer
        command = importlib.import_module(f"{commands.__name__}.{module.name}")
        if hasattr(command, "get_parser"):
            rows = numeric(command.get_parser())
            found += [(module.name, sub, option) for sub, option in rows]
    return found


def test_every_numeric_option_refuses_what_it_cannot_use_by_its_name(capsys):
    found = cases()
    assert len(found) > 60
    for name, sub, option in found:
        main = importlib.import_module(f"{commands.__name__}.{name}").main
        taken = TAKEN.get(option.dest, ())
        if option.option_strings == ["--seed"] and name in NEGATIVE_SEEDS:
            taken = ("-1", "0")
        times = option.nargs if isinstance(option.nargs, int) else 1
        for word in WORDS:
            place = (name, option.option_strings, word)
            if word in taken:
                assert _takes(option.type, word), place
                continue
            given = [option.option_strings[0], *[word] * times]
            with pytest.raises(SystemExit) as stop:
                main([sub, *given] if sub else given)
            lines = capsys.readouterr().err.splitlines()
            errors = [line for line in lines if "error:" in line]
            assert stop.value.code == 2 and len(errors) == 1, place
            named = f"argument {'/'.join(option.option_strings)}: got {word!r}; give"
            assert named in errors[0], (place, errors)
