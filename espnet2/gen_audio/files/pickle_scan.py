"""Look through a pickle before anything is built of it.

Some ten bytes may ask an unpickler for gigabytes (a memo of 2^27 entries, an array of
so many zeros), others for hours (a tuple of tuples that holds one tuple 2^60 times, as
a key). The instructions are followed with sizes in the place of values; what torch and
frameworks write is far below every bound.
"""

import pickletools
from typing import Any, BinaryIO, NamedTuple

from espnet2.gen_audio.files.pickle_values import PLAIN, BoundedStream, Value, tuple_of

_MAX_CALLS = 100_000  # tensors, and objects of other classes: about 1 kB each
_MAX_SETS = 100_000
_MAX_WIDE = 1000  # integers of more than 60 bits, whose hashes can be made to collide
_MAX_KEY = 1000  # values in a tuple that is a key
_MAX_TUPLE_KEYS = 1000  # tuples as keys, whose hashes can be made to collide
_SLACK = 200_000  # values that calls may copy, and that keys may contain, in any file
_SHORT = 64  # bytes of a text that counts as one value
_WIDE = 1 << 60
_ENCODE = "_codecs encode"  # how protocol 2 stores bytes
_TUPLES = {"TUPLE": None, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3, "EMPTY_TUPLE": 0}
_CALLS = ("REDUCE", "NEWOBJ", "NEWOBJ_EX", "OBJ", "INST", "BUILD", "BINPERSID")


class Scan(NamedTuple):
    """What was seen in a pickle.

    Args:
        length: Its bytes.
        names: Classes and functions that it names, ``module name`` each.
        called: Those that it calls.
        given_state: Those whose results it gives a state, such as attributes.
    """

    length: int
    names: frozenset[str]
    called: frozenset[str] = frozenset()
    given_state: frozenset[str] = frozenset()


def scan_pickle(stream: BinaryIO, size: int, plain: bool = False) -> Scan:
    """Refuse a pickle that asks for far more memory or time than its size.

    Args:
        stream: The pickle; read up to its end.
        size: Bytes that are left in the stream.
        plain: Whether it must hold numbers and texts in lists and dictionaries.

    Returns:
        What was seen.

    Raises:
        ValueError: If it does, or is damaged.
    """
    bounded = BoundedStream(stream, size)
    machine = _Machine()
    for opcode, argument, place in pickletools.genops(bounded):
        if plain and (opcode.name in _TUPLES or opcode.name in _CALLS):
            raise ValueError(f"at byte {place} it nests values, where none belong")
        machine.follow(opcode, argument, place)
    return Scan(
        bounded.place,
        frozenset(machine.names),
        frozenset(machine.called),
        frozenset(machine.given_state),
    )


class _Machine:
    """Follows the instructions of one pickle.

    Attributes:
        names: What it names.
        called: What it calls.
        given_state: What it calls and gives a state.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.called: set[str] = set()
        self.given_state: set[str] = set()
        self._stack: list[Value] = []
        self._marks: list[int] = []  # stack sizes at the open marks
        self._memo: list[Value] = []
        self._counts: dict[str, int] = {}
        self._copied = self._hashed = 0
        self._steps = {
            "MARK": self._mark,
            "DUP": self._duplicate,
            "POP": self._drop,
            "FROZENSET": self._set,
            "EMPTY_SET": self._set,
            "DICT": self._dictionary,
            "LIST": self._list,
            **dict.fromkeys(("EMPTY_LIST", "EMPTY_DICT"), self._empty),
            **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), self._put),
            **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), self._get),
            **dict.fromkeys(_TUPLES, self._tuple),
            **dict.fromkeys(("APPEND", "APPENDS", "ADDITEMS"), self._append),
            **dict.fromkeys(("SETITEM", "SETITEMS"), self._append),
            **dict.fromkeys(_CALLS, self._call),
        }

    def follow(self, opcode: pickletools.OpcodeInfo, argument: Any, place: int) -> None:
        """Follow one instruction.

        Args:
            opcode: The instruction.
            argument: What stands behind it.
            place: Its first byte.

        Raises:
            ValueError: If it exceeds a bound, or takes what is not there.
        """
        step = self._steps.get(opcode.name)
        if step is not None:
            step(opcode.name, argument, place)
        else:
            self._other(opcode, argument, place)

    def _other(self, opcode: pickletools.OpcodeInfo, argument: Any, place: int) -> None:
        """Leave a number, a text or a name."""
        taken = []
        if opcode.stack_before:
            taken = self._take(opcode.name, len(opcode.stack_before), place)
        if not opcode.stack_after:
            return
        value = PLAIN
        if opcode.name in ("GLOBAL", "STACK_GLOBAL"):
            name = argument or " ".join(each.text or "?" for each in taken)
            self.names.add(name)
            value = Value(name=name)
        elif isinstance(argument, int):
            if not -_WIDE < argument < _WIDE:
                self._count("wide integers", _MAX_WIDE, place)
        elif argument is not None and not isinstance(argument, float):
            size = len(argument) if len(argument) > _SHORT else 1
            value = Value(size, text=argument if isinstance(argument, str) else None)
        self._stack.append(value)

    def _mark(self, name: str, argument: Any, place: int) -> None:
        self._marks.append(len(self._stack))

    def _duplicate(self, name: str, argument: Any, place: int) -> None:
        (top,) = self._take(name, 1, place)
        self._stack += (top, top)

    def _drop(self, name: str, argument: Any, place: int) -> None:
        if self._marks and self._marks[-1] == len(self._stack):
            self._marks.pop()
        else:
            self._take(name, 1, place)

    def _put(self, name: str, argument: Any, place: int) -> None:
        """Keep the top of the stack in the memo, as far as its number is plausible."""
        memo = self._memo
        index = len(memo) if argument is None else int(argument)
        if not 0 <= index <= place:
            raise ValueError(f"at byte {place} it gives a value the number {index}")
        if index >= len(memo):
            memo.extend([PLAIN] * (index + 1 - len(memo)))
        memo[index] = self._stack[-1]

    def _get(self, name: str, argument: Any, place: int) -> None:
        index = int(argument)
        if not 0 <= index < len(self._memo):
            raise ValueError(f"at byte {place} it takes value {index}, which is none")
        self._stack.append(self._memo[index])

    def _tuple(self, name: str, argument: Any, place: int) -> None:
        self._stack.append(tuple_of(self._take(name, _TUPLES[name], place)))

    def _set(self, name: str, argument: Any, place: int) -> None:
        self._count("sets", _MAX_SETS, place)
        frozen = name == "FROZENSET"
        items = self._take(name, None, place) if frozen else []
        self._hash(items, place)
        self._stack.append(tuple_of(items) if frozen else Value(grows=True))

    def _empty(self, name: str, argument: Any, place: int) -> None:
        self._stack.append(Value(grows=True))

    def _list(self, name: str, argument: Any, place: int) -> None:
        items = self._take(name, None, place)
        self._stack.append(Value(1 + len(items), grows=True))

    def _dictionary(self, name: str, argument: Any, place: int) -> None:
        items = self._take(name, None, place)
        self._hash(items[::2], place)
        self._stack.append(Value(1 + len(items), grows=True))

    def _append(self, name: str, argument: Any, place: int) -> None:
        """Add items to a list, dictionary or set, which stays on the stack."""
        single = {"APPEND": 1, "SETITEM": 2}
        items = self._take(name, single.get(name), place)
        if name.startswith("SETITEM"):
            self._hash(items[::2], place)
        elif name == "ADDITEMS":
            self._hash(items, place)
        (target,) = self._take(name, 1, place)
        if target.grows:
            target.size += len(items)
        self._stack.append(target)

    def _call(self, name: str, argument: Any, place: int) -> None:
        """Count a call and what its arguments hold, which it may copy."""
        self._count("calls", _MAX_CALLS, place)
        if name == "INST":
            self.names.add(argument)
        counts = {"NEWOBJ_EX": 3, "BINPERSID": 1, "OBJ": None, "INST": None}
        taken = self._take(name, counts.get(name, 2), place)
        callee = argument if name == "INST" else ""
        if name not in ("INST", "BUILD", "BINPERSID"):
            if not taken or taken[0].grows or taken[0].items:
                raise ValueError(f"at byte {place} it calls what is no function")
            callee = taken[0].name
        if callee:
            self.called.add(callee)
        if callee == _ENCODE:
            _refuse_other_encoding(taken[1:], place)
        if name == "BUILD":
            self.given_state.add(taken[0].name)
        for value in taken:
            self._copied += sum(part.size for part in value.items or (value,))
        self._refuse_repetition(self._copied, place)
        # what is built, by BUILD as well, is no longer known as a container
        self._stack.append(taken[0] if name == "BUILD" else Value(name=callee))

    def _hash(self, keys: list[Value], place: int) -> None:
        """Count what keys hold: a tuple is hashed with all that is in it."""
        for key in keys:
            if key.items:
                self._count("tuples as keys", _MAX_TUPLE_KEYS, place)
                if key.size > _MAX_KEY:
                    raise ValueError(
                        f"at byte {place} a key holds {key.size:.0e} values"
                    )
                self._hashed += key.size
        self._refuse_repetition(self._hashed, place)

    def _take(self, name: str, count: int | None, place: int) -> list[Value]:
        """Take so many values from the stack, or all above the mark if None."""
        if count is None:
            if not self._marks:
                raise ValueError(f"at byte {place} {name} finds no mark")
            begin = self._marks.pop()
        else:
            begin = len(self._stack) - count
            if begin < (self._marks[-1] if self._marks else 0):
                raise ValueError(f"at byte {place} {name} finds too few values")
        taken = self._stack[begin:]
        del self._stack[begin:]
        return taken

    def _count(self, what: str, most: int, place: int) -> None:
        count = self._counts[what] = self._counts.get(what, 0) + 1
        if count > most:
            raise ValueError(f"by byte {place} it makes more than {most} {what}")

    @staticmethod
    def _refuse_repetition(count: int, place: int) -> None:
        if count > place + _SLACK:
            raise ValueError(f"by byte {place} it repeats {count} values")


def _refuse_other_encoding(arguments: list[Value], place: int) -> None:
    """Refuse an encoding of another text than bytes of protocol 2.

    Other encodings, such as hex, make results longer than their text, again and again.
    """
    given = arguments[0].items if len(arguments) == 1 else tuple(arguments)
    texts = [each.text for each in given]
    if len(texts) != 2 or None in texts or texts[1] != "latin1":
        raise ValueError(f"at byte {place} it encodes what is no text as latin1")
