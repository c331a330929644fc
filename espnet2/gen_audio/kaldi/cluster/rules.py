"""Options of a request, in the form of Kaldi's conf/slurm.conf and conf/queue.conf.

    command sbatch --export=ALL          the scheduler's program and fixed options
    option mem=* --mem-per-cpu $0        --mem 8G asks for '--mem-per-cpu 8G'
    option gpu=0                         --gpu 0 asks for nothing
    option gpu=* --gres=gpu:$0           any other number asks for so many
    default gpu=0                        used if the option is not given

Words are split as a shell splits them, but no shell reads them.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from espnet2.gen_audio.files.regular_file import regular

_MOST_BYTES = 100_000


@dataclass(frozen=True)
class Rules:
    """What the options of a request mean to a scheduler.

    Args:
        path: The file.
        command: The scheduler's program and fixed options.
        options: Words by (name, value); the value ``*`` fits any.
        defaults: Values of options that are not given.
    """

    path: Path
    command: tuple[str, ...]
    options: Mapping[tuple[str, str], tuple[str, ...]]
    defaults: Mapping[str, str]

    def has(self, name: str) -> bool:
        """Return whether there is a rule for an option.

        Args:
            name: Its name, with underscores.

        Returns:
            True if there is one.
        """
        return any(known == name for known, _ in self.options)

    def words(self, given: Mapping[str, str]) -> list[str]:
        """Return the words that a request adds to the scheduler's program.

        Args:
            given: Values by name.

        Returns:
            The words: first of options with a default, in the order of the defaults in
            the file, then of the others as given.

        Raises:
            ValueError: If there is no rule for an option or its value.
        """
        found = []
        for name, value in {**self.defaults, **given}.items():
            words = self.options.get((name, value), self.options.get((name, "*")))
            if words is None:
                known = sorted({name for name, _ in self.options})
                raise ValueError(
                    f"--{name} {value}: {self.path} has no line 'option {name}=*';"
                    f" options there: {', '.join(known) or 'none'}"
                )
            found += [word.replace("$0", value) for word in words]
        return found


def read_rules(path: Path, program: str) -> Rules:
    """Read a file of rules.

    Args:
        path: The file.
        program: The scheduler's program; the file cannot name another.

    Returns:
        The rules.

    Raises:
        ValueError: If a line is none of ``command``, ``option`` and ``default``, or if
            the file names another program.
    """
    command: tuple[str, ...] = (program,)
    options: dict[tuple[str, str], tuple[str, ...]] = {}
    defaults: dict[str, str] = {}
    text = regular(path, _MOST_BYTES).read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        place = f"{path}, line {number}: '{line.strip()}'"
        try:
            kind, *words = shlex.split(line, comments=True) or ("",)
        except ValueError as error:
            raise ValueError(f"{place} has an open quote") from error
        if kind == "command" and words:
            if words[0] != program:
                raise ValueError(f"{place} must name {program}, found on the PATH")
            command = tuple(words)
        elif kind == "option" and words and "=" in words[0]:
            options[_pair(words)] = tuple(words[1:])
        elif kind == "default" and len(words) == 1 and "=" in words[0]:
            name, value = _pair(words)
            defaults[name] = value
        elif kind:
            raise ValueError(
                f"{place} is none of 'command {program} ...', 'option NAME=VALUE ...'"
                " and 'default NAME=VALUE'"
            )
    return Rules(path, command, options, defaults)


def _pair(words: Sequence[str]) -> tuple[str, str]:
    name, _, value = words[0].partition("=")
    return name.replace("-", "_"), value
