"""The classes of one or several manifests, merged by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Classes:
    """Class ids (from 0) with names, for boxes of several manifests.

    An id stays what it is in the first manifest that has it, so that it is the same in every export of a job, whichever
    classes appear. The same name is the same class in all of them; a class that finds its id taken by another name gets
    the next that is free.
    """

    def __init__(self, named: Sequence[Mapping[int, str]]) -> None:
        self.names: dict[int, str] = {}
        self.unnamed: set[int] = set()
        self._mappings: list[dict[int, int]] = []
        by_name: dict[str, int] = {}
        for names in named:
            mapping = {}
            for number, name in sorted(names.items()):
                if name not in by_name:
                    by_name[name] = number if number not in self.names else max(self.names) + 1
                    self.names[by_name[name]] = name
                mapping[number] = by_name[name]
            self._mappings.append(mapping)
        self.same = all(number == to for mapping in self._mappings for number, to in mapping.items())
        """Whether the ids of each manifest are those of all."""

    def of(self, manifest: int, class_id: int) -> int | None:
        """The id for all manifests of a class of one of them; None for a class without a name that may be any.

        A class that no manifest names is named by its number. One that another manifest names is the same if their
        classes are the same otherwise.
        """
        known = self._mappings[manifest].get(class_id)
        if known is not None:
            return known
        if class_id not in self.names:
            number = str(class_id)
            self.names[class_id] = f"{number} (unnamed)" if number in self.names.values() else number
            self.unnamed.add(class_id)
        elif not self.same and class_id not in self.unnamed:
            return None
        self._mappings[manifest][class_id] = class_id
        return class_id

    def sorted(self) -> list[tuple[int, str]]:
        """(id, name) by id. Complete when all boxes were seen."""
        return sorted(self.names.items())
