"""The dicts and lists of a program, and what is known of them after each change.

A change that is not surely made, or not surely to this dict, leaves the old value as one of several. What a strange
function may have changed is spoiled: it may hold anything from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from gtctl.audit.evidence.code_python.values import MOST_OPTIONS, DictValue, ListValue, maybe, possible, same
from gtctl.audit.evidence.requests import Table
from gtctl.audit.model import Unknown

_DEEPEST_COPY = 50


class Conditions:
    """What has to be the case for the program to be where it is: each condition is a number."""

    def __init__(self) -> None:
        self.now: tuple[int, ...] = (0,)
        self._last = 0

    def add(self) -> None:
        """What is done from here on may be done or not."""
        self._last += 1
        self.now = (*self.now, self._last)

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """What is done in the block may be done or not."""
        outside = self.now
        self.add()
        try:
            yield
        finally:
            self.now = outside


class Containers:
    """Makes dicts and lists, changes them, and says what they may hold."""

    def __init__(self, conditions: Conditions, line_of: Callable[[int], int]) -> None:
        self.conditions = conditions
        self.line_of = line_of

    # New ones

    def new_dict(self) -> DictValue:
        made = DictValue()
        made.made_in, made.joined_from = self.conditions.now, ()
        return made

    def new_list(self, items: Iterable[Any] = ()) -> ListValue:
        made = ListValue(items)
        made.made_in, made.joined_from = self.conditions.now, ()
        return made

    def copy(self, value: DictValue) -> DictValue:
        made = self.new_dict()
        made.update(value)
        made.lines, made.open = dict(value.lines), value.open
        return made

    def deep_copy(self, value: Any, depth: int = 0) -> Any:
        if depth > _DEEPEST_COPY:
            return Unknown("it is nested too deeply")
        if isinstance(value, DictValue):
            made = self.copy(value)
            for key, item in value.items():
                made[key] = self.deep_copy(item, depth + 1)
            return made
        if isinstance(value, ListValue):
            return self.new_list([self.deep_copy(item, depth + 1) for item in value])
        return value

    def from_json(self, value: Any) -> Any:
        """What JSON text says, with dicts and lists of the program in it."""
        if isinstance(value, dict):
            made = self.new_dict()
            made.update({key: self.from_json(item) for key, item in value.items()})
            made.open = value.open if isinstance(value, Table) else ""
            return made
        if isinstance(value, list):
            return self.new_list([self.from_json(item) for item in value])
        return value

    def from_pairs(self, value: Any) -> Any:
        """The dict that ``value`` makes if it is a list of keys and values; ``value`` itself if it is no list."""
        if not isinstance(value, ListValue):
            return value
        made = self.new_dict()
        for pair in value:
            if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)):
                return Unknown("not every pair is known")
            made[pair[0]] = pair[1]
        return made

    def either(self, left: Any, right: Any) -> Any:
        """A value that is ``left`` or ``right``."""
        if left is right or (same(left, right) and not isinstance(left, (dict, list))):
            return left
        if isinstance(left, ListValue) and isinstance(right, ListValue) and same(left, right):
            copied = self.new_list(left)
            copied.joined_from = (left, right)
            return copied
        if isinstance(left, DictValue) and isinstance(right, DictValue):
            made = self.new_dict()
            made.open = left.open or right.open
            made.joined_from = (left, right)
            for key in [*left, *(key for key in right if key not in left)]:
                if key in left and key in right:
                    made[key] = self.either(left[key], right[key])
                else:
                    made[key] = maybe(left[key] if key in left else right[key])
            made.lines = right.lines | left.lines
            return made
        kept: list[Any] = []
        for option in [*_options(left), *_options(right)]:
            if not any(same(option, each) for each in kept):
                kept.append(option)
        if len(kept) == 1:
            return kept[0]
        reason = "it may have several values"
        nullable = any(each is None or (isinstance(each, Unknown) and each.nullable) for each in kept)
        whole = len(kept) <= MOST_OPTIONS
        return Unknown(reason, nullable=nullable, options=tuple(kept) if whole else ())

    # Changes

    def surely(self, holder: DictValue | ListValue) -> bool:
        """Whether what is done now is done whenever ``holder`` exists."""
        return self.conditions.now[-1] in holder.made_in

    def set_item(self, holder: Any, key: Any, value: Any, line: int) -> None:
        """``holder[key] = value``. line: 0 where it stands in none of its own."""
        if isinstance(holder, Unknown):
            with self.conditions.one_more():
                for each in possible(holder):
                    self.set_item(each, key, value, line)
        elif isinstance(holder, DictValue):
            self.touch(holder)
            if isinstance(key, Unknown):
                holder.open = holder.open or f"a key is not known: {key.reason}"
                for known in list(holder):
                    holder[known] = self.either(holder[known], value)
                return
            name = key if isinstance(key, str) else str(_plain_key(key))
            if self.surely(holder):
                holder[name] = value
            else:
                holder[name] = self.either(holder[name], value) if name in holder else maybe(value)
            holder.lines[name] = self.line_of(line) if line else holder.lines.get(name, 0)
        elif isinstance(holder, ListValue):
            self.touch(holder)
            if isinstance(key, int) and -len(holder) <= key < len(holder):
                holder[key] = value if self.surely(holder) else self.either(holder[key], value)
            else:
                self.spoil(holder, "an element is replaced")

    def remove(self, holder: Any, key: Any) -> None:
        """``del holder[key]``"""
        if isinstance(holder, DictValue):
            self.touch(holder)
            if isinstance(key, str) and self.surely(holder):
                holder.pop(key, None)
            elif isinstance(key, str) and key in holder:
                holder[key] = maybe(holder[key])
            else:
                self.spoil(holder, "a key is removed")
        elif isinstance(holder, (Unknown, ListValue)):
            self.spoil(holder, "a part is removed")

    def update(self, holder: DictValue, new: Any) -> None:
        """``holder.update(new)``"""
        if isinstance(new, DictValue):
            if new.open:
                self.spoil(holder, new.open)
            for key, value in new.items():
                self.set_item(holder, key, value, 0)
                holder.lines[key] = new.lines.get(key, 0)
        else:
            reason = new.reason if isinstance(new, Unknown) else "it is updated with something strange"
            self.spoil(holder, reason)

    def extend(self, holder: ListValue, new: Any) -> None:
        """``holder.extend(new)``"""
        self.touch(holder)
        if isinstance(new, ListValue) and self.surely(holder):
            holder.extend(new)
        else:
            holder.append(maybe(new) if isinstance(new, Unknown) else Unknown("the list may be longer"))

    def touch(self, holder: DictValue | ListValue) -> None:
        """``holder`` is changed: it may be any of those that it was joined from."""
        for source in holder.joined_from:
            self.spoil(source, "it may have been changed under another name")
        holder.joined_from = ()

    def spoil(self, value: Any, reason: str, seen: tuple[int, ...] = ()) -> None:
        """Anything in ``value`` may have another value from now on."""
        if id(value) in seen:
            return
        seen = (*seen, id(value))
        if isinstance(value, Unknown):
            for each in possible(value):
                self.spoil(each, reason, seen)
        elif isinstance(value, DictValue):
            self.touch(value)
            value.open = value.open or reason
            for key, item in list(value.items()):
                self.spoil(item, reason, seen)
                if not isinstance(item, (DictValue, ListValue)):
                    value[key] = Unknown(f"{key} may have been changed: {reason}")
        elif isinstance(value, ListValue):
            self.touch(value)
            for item in value:
                self.spoil(item, reason, seen)
            value.append(Unknown(f"the list may have been changed: {reason}"))


def _options(value: Any) -> list[Any]:
    return list(value.options) if isinstance(value, Unknown) and value.options else [value]


def _plain_key(key: Any) -> Any:
    return key if isinstance(key, (str, int, float, bool)) or key is None else "?"
