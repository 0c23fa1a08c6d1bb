"""Evaluates a root module: variables, locals, modules, count, for_each, dynamic blocks, policy documents.

What depends on something outside the code stays Unknown, together with what is known of it. Nothing here raises:
code that Terraform would refuse gives Unknown.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gtctl.audit.evidence.hcl import functions
from gtctl.audit.evidence.hcl.code import Block, Code
from gtctl.audit.evidence.hcl.syntax import Body, HclError, Node, parse_template
from gtctl.audit.evidence.hcl.values import (
    Invalid,
    Spread,
    SymbolKey,
    TerraformSet,
    call_symbol,
    derived,
    first_unknown,
    has_unknown,
    joined,
    plain,
    reason_of,
    symbol_of,
    unknown_in,
    value_of_key,
)
from gtctl.audit.evidence.policy_documents import policy_document
from gtctl.audit.graph import UNRESOLVED_MODULE
from gtctl.audit.model import Hole, Resource, Unknown, may_equal

_MOST_INSTANCES = 500
"""More instances of one resource are judged through one that stands for all."""
_DEEPEST_MODULE = 20
_MOST_OPTIONS = 8
_NOT_ATTRIBUTES = {"count", "for_each", "provider", "depends_on"}
_NOT_BLOCKS = {"lifecycle", "provisioner", "connection"}
# What every resource that has it gives a value to; other attributes that are not set may well be null.
_COMPUTED = {"id", "arn", "key_id", "account_id", "partition", "region", "dns_suffix", "json", "unique_id", "name"}
_SAME_EVERYWHERE = {"aws_caller_identity", "aws_partition", "aws_region"}

Names = Mapping[str, Any]
NO_NAMES: Names = {}


def root_module(root: Code, variables: Mapping[str, Any], load: Callable[[str], Code]) -> Module:
    """``variables`` are values from tfvars files; ``load`` gives the code of a directory."""
    return Module(root, "", dict(variables), load)


@dataclass(slots=True, eq=False)
class Instance:
    """One instance of a resource or data source; its attributes are evaluated when somebody asks."""

    module: Module
    block: Block
    address: str
    names: Names
    when: tuple[str, ...]
    cache: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def own(self, name: str) -> Any:
        """What the code sets the attribute to, or its blocks; None where it sets nothing."""
        if name not in self.cache:
            # Whoever asks while it is being computed asks in a circle.
            self.cache[name] = Unknown(f"{self.address}.{name} refers to itself")
            self.cache[name] = self._own(name)
        return self.cache[name]

    def _own(self, name: str) -> Any:
        attributes, blocks = self.block.body
        if name in attributes and name not in _NOT_ATTRIBUTES:
            node, line = attributes[name]
            self.lines[name] = line
            return self.module.evaluate(node, self.names)
        if any(name in (block[0], *(block[1][:1] if block[0] == "dynamic" else ())) for block in blocks):
            return self.module.blocks(blocks, self.names, name, "", self.lines)
        return None

    def attribute(self, name: str) -> Any:
        """What an expression gets: what the code sets, else what the provider will compute."""
        value = self.own(name)
        if value is not None:
            return value
        if name == "json" and self.block.type == "aws_iam_policy_document" and self.block.is_data:
            return policy_document(self.all_attributes())
        type_ = self.block.type
        address = self.address
        if self.block.is_data and type_ in _SAME_EVERYWHERE and not self.when:
            address = f"data.{type_}"
        known = name in _COMPUTED or (type_, name) == ("aws_s3_bucket", "bucket")
        return Unknown(
            f"{self.address}.{name} is known after apply",
            (Hole(f"{address}.{name}"),),
            nullable=not known or bool(self.when),
        )

    def all_attributes(self) -> dict[str, Any]:
        """Everything the code sets, as rules may see it."""
        attributes, blocks = self.block.body
        names = [name for name in attributes if name not in _NOT_ATTRIBUTES]
        names += [block[1][0] if block[0] == "dynamic" and block[1] else block[0] for block in blocks]
        return {name: plain(self.own(name)) for name in names if name not in _NOT_BLOCKS}


@dataclass(slots=True, eq=False)
class Outputs:
    """A module as an expression sees it."""

    module: Module
    address: str

    def attribute(self, name: str) -> Any:
        return self.module.output(name)


class Module:
    """One instance of a module: its code, and the values it was called with."""

    def __init__(
        self,
        code: Code,
        path: str,
        arguments: dict[str, Any],
        load: Callable[[str], Code],
        when: tuple[str, ...] = (),
        depth: int = 0,
        key: str = "",
        root: str | None = None,
    ) -> None:
        self.code = code
        self.path = path
        self.arguments = arguments  # name -> value, or a function that evaluates it in the caller
        self.load = load
        self.when = when
        self.depth = depth
        self.key = key  # as in .terraform/modules/modules.json
        self.root = code.directory if root is None else root
        self.cache: dict[tuple[str, ...], Any] = {}

    # What the module consists of

    def resources(self) -> Iterator[Resource]:
        """Every resource of the module and of the modules it calls."""
        for block in self.code.resources.values():
            expanded = self.instances(block)
            for instance in _elements(expanded):
                if isinstance(instance, Instance):
                    yield _resource(instance)
        for call in self.code.calls.values():
            for child in _elements(self.call(call.name)):
                if isinstance(child, Outputs):
                    yield from child.module.resources()
            if self.unresolved(call):
                names = {"each": derived("", ""), "count": derived("", "")}
                arguments = {name: plain(self.evaluate(node, names)) for name, (node, _) in call.body[0].items()}
                yield Resource(UNRESOLVED_MODULE, f"{self.path}module.{call.name}", arguments, "hcl", call.location)

    def besides(self) -> Iterator[Resource]:
        """What else speaks: provisioners, as part of their resource, and what the root module gives to others."""
        for block in self.code.resources.values():
            if any(inner[0] == "provisioner" for inner in block.body[1]):
                for instance in _elements(self.instances(block)):
                    if isinstance(instance, Instance):
                        texts = {"provisioner": plain(instance.own("provisioner"))}
                        place = block.location
                        yield Resource(block.type, instance.address, texts, "hcl", place, instance.lines, instance.when)
        for call in self.code.calls.values():
            for child in _elements(self.call(call.name)):
                if isinstance(child, Outputs):
                    yield from child.module.besides()
        for name, block in self.code.outputs.items() if not self.path else ():
            line = block.body[0]["value"][1] if "value" in block.body[0] else block.location.line
            value = plain(self.output(name))
            yield Resource("output", f"output.{name}", {"value": value}, "hcl", block.location, {"value": line})

    def _remembered(self, key: tuple[str, ...], compute: Callable[[], Any]) -> Any:
        if key not in self.cache:
            self.cache[key] = Unknown(f"{self.path}{'.'.join(key)} refers to itself")
            self.cache[key] = compute()
        return self.cache[key]

    def variable(self, name: str) -> Any:
        return self._remembered(("var", name), lambda: self._variable(name))

    def _variable(self, name: str) -> Any:
        block = self.code.variables.get(name)
        address = f"{self.path}var.{name}"
        if block is None:
            return Unknown(f"{address} is not declared", (Hole(address),))
        nullable = self.evaluate(block.body[0]["nullable"][0], NO_NAMES) if "nullable" in block.body[0] else True
        type_ = block.body[0].get("type")
        if name in self.arguments:
            value = self.arguments[name]
            value = value() if callable(value) else value
            if value is not None or nullable is not False:
                return self._converted(value, type_[0]) if type_ else value
        if "default" in block.body[0]:
            value = self.evaluate(block.body[0]["default"][0], NO_NAMES)
            return self._converted(value, type_[0]) if type_ else value
        return Unknown(f"{address} has no value in the code", (Hole(address),), nullable is not False)

    def _converted(self, value: Any, type_: Node) -> Any:
        """``value`` as its type constraint makes it: optional attributes filled in, numbers made text."""
        kind = type_[1] if type_[0] in ("var", "call") else ""
        arguments = type_[2] if type_[0] == "call" else []
        if isinstance(value, (Unknown, Spread)) or value is None:
            return value
        if kind == "optional" and arguments:
            return self._converted(value, arguments[0])
        if kind in ("list", "set", "map", "tuple") and kind != "tuple" and arguments:
            if isinstance(value, list):
                items = [self._converted(item, arguments[0]) for item in value]
                return functions.call("toset", [items]) if kind == "set" else items
            if isinstance(value, dict):
                return {key: self._converted(item, arguments[0]) for key, item in value.items()}
        if kind == "object" and arguments and arguments[0][0] == "obj" and isinstance(value, dict):
            return dict(self._members(value, arguments[0][1]))
        if kind == "string" and isinstance(value, (bool, int, float)):
            return joined([value])
        if kind in ("number", "bool") and isinstance(value, str):
            return functions.call(f"to{kind}", [value])
        return value

    def _members(self, value: dict[str, Any], declared: list[tuple[Node, Node]]) -> Iterator[tuple[str, Any]]:
        for key, type_ in declared:
            name = str(key[1])
            given = value.get(name)
            if given is None and type_[0] == "call" and type_[1] == "optional" and len(type_[2]) > 1:
                given = self.evaluate(type_[2][1], NO_NAMES)
            yield name, self._converted(given, type_)

    def local(self, name: str) -> Any:
        if name not in self.code.locals:
            return Unknown(f"{self.path}local.{name} is not declared", (Hole(f"{self.path}local.{name}"),))
        return self._remembered(("local", name), lambda: self.evaluate(self.code.locals[name], NO_NAMES))

    def output(self, name: str) -> Any:
        block = self.code.outputs.get(name)
        address = f"{self.path}{name}"
        if block is None or "value" not in block.body[0]:
            return Unknown(f"{address} is not declared", (Hole(address),))
        return self._remembered(("output", name), lambda: self.evaluate(block.body[0]["value"][0], NO_NAMES))

    # Resources and module calls, expanded by count and for_each

    def referred(self, is_data: bool, type_: str, name: str) -> Any:
        block = self.code.resources.get((is_data, type_, name))
        if block is None:
            address = f"{self.path}{'data.' if is_data else ''}{type_}.{name}"
            return Unknown(f"{address} is not in the code", (Hole(address),), nullable=False)
        return self.instances(block)

    def instances(self, block: Block) -> Any:
        address = f"{self.path}{block.address}"

        def make(suffix: str, names: Names, when: tuple[str, ...]) -> Instance:
            return Instance(self, block, address + suffix, names, self.when + when)

        return self._remembered(("instances", block.address), lambda: self._expanded(block, make))

    def call(self, name: str) -> Any:
        return self._remembered(("module", name), lambda: self._call(name))

    def _call(self, name: str) -> Any:
        call = self.code.calls.get(name)
        address = f"{self.path}module.{name}"
        if call is None:
            return Unknown(f"{address} is not declared", (Hole(address),))
        directory = self.directory_of(call)
        code = self.load(directory) if directory is not None else None
        if code is None or not code.exists or self.depth >= _DEEPEST_MODULE:
            return Unknown(f"the code of {address} is not there", (Hole(address),))

        def make(suffix: str, names: Names, when: tuple[str, ...]) -> Outputs:
            arguments: dict[str, Any] = {
                argument: (lambda node=node: self.evaluate(node, names)) for argument, (node, _) in call.body[0].items()
            }
            path = f"{address}{suffix}."
            key = f"{self.key}.{name}".lstrip(".")
            child = Module(code, path, arguments, self.load, self.when + when, self.depth + 1, key, self.root)
            return Outputs(child, path)

        return self._expanded(call, make)

    def unresolved(self, call: Block) -> bool:
        return isinstance(self.call(call.name), Unknown)

    def directory_of(self, call: Block) -> str | None:
        source = call.body[0].get("source")
        if not source or source[0][0] != "lit" or not isinstance(source[0][1], str):
            return None
        if source[0][1].startswith(("./", "../")):
            return posixpath.normpath(posixpath.join(self.code.directory, source[0][1]))
        return self.load(self.root).installed.get(f"{self.key}.{call.name}".lstrip("."))

    def _expanded(self, block: Block, make: Callable[[str, Names, tuple[str, ...]], Any]) -> Any:
        attributes = block.body[0]
        if "count" in attributes:
            count = self.evaluate(attributes["count"][0], NO_NAMES)
            if isinstance(count, str) and count.isdigit():
                count = int(count)
            if isinstance(count, int) and count <= _MOST_INSTANCES:
                return [make(f"[{at}]", {"count": {"index": at}}, ()) for at in range(count)]
            why = unknown_in(count, "count is too large to go through")
            symbol = symbol_of(count) or f"count of {self.path}{block.address}"
            if _is_switch(attributes["count"][0]):
                return Spread(0, make("[0]", {"count": {"index": 0}}, (symbol,)), symbol, why.reason)
            index = derived(why.reason, f"count.index({symbol})", nullable=False)
            return Spread(index, make("[*]", {"count": {"index": index}}, (symbol,)), symbol, why.reason)
        if "for_each" not in attributes:
            return make("", NO_NAMES, ())
        collection = self.evaluate(attributes["for_each"][0], NO_NAMES)
        pairs = _pairs(collection)
        if pairs is not None and len(pairs) <= _MOST_INSTANCES:
            return {
                key: make(f"[{json.dumps(key)}]", {"each": {"key": value_of_key(key), "value": value}}, ())
                for key, value in pairs
            }
        if isinstance(collection, Spread):
            names = {"each": {"key": collection.key, "value": collection.value}}
            return Spread(
                collection.key, make("[*]", names, (collection.symbol,)), collection.symbol, collection.reason
            )
        why = unknown_in(collection, "for_each cannot be gone through")
        symbol = symbol_of(collection) or f"for_each of {self.path}{block.address}"
        key = derived(why.reason, f"each.key({symbol})", nullable=False)
        value = derived(why.reason, f"each.value({symbol})")
        return Spread(key, make("[*]", {"each": {"key": key, "value": value}}, (symbol,)), symbol, why.reason)

    # Expressions

    def evaluate(self, node: Node, names: Names) -> Any:
        """The value of an expression; ``names`` are each, count, self and the names of for expressions."""
        try:
            return _EVALUATE[node[0]](self, node, names)
        except RecursionError:
            return Unknown("the expression is nested too deeply")

    def blocks(
        self, blocks: list[Any], names: Names, wanted: str, prefix: str, lines: dict[str, int]
    ) -> list[dict[str, Any]]:
        """The blocks of one type, dynamic ones expanded; an element is Unknown where a dynamic block is."""
        found: list[Any] = []

        def add(body: Body, scope: Names, line: int) -> None:
            place = f"{prefix}{wanted}[{len(found)}]"
            lines[place] = line
            found.append(self.body(body, scope, f"{place}.", lines))

        for type_, labels, body, line, _ in blocks:
            if type_ == wanted:
                add(body, names, line)
            elif type_ == "dynamic" and labels[:1] == [wanted]:
                self._dynamic(wanted, body, names, line, add, found)
        return found

    def _dynamic(
        self,
        wanted: str,
        body: Body,
        names: Names,
        line: int,
        add: Callable[[Body, Names, int], None],
        found: list[Any],
    ) -> None:
        attributes, inner = body
        content = next((block for block in inner if block[0] == "content"), None)
        if content is None or "for_each" not in attributes:
            return
        iterator = wanted
        if "iterator" in attributes and attributes["iterator"][0][0] == "var":
            iterator = attributes["iterator"][0][1]
        collection = self.evaluate(attributes["for_each"][0], names)
        pairs = _pairs(collection, lists=True)
        if pairs is None or len(pairs) > _MOST_INSTANCES:
            why = unknown_in(collection, "for_each cannot be gone through")
            # How many there are is open; what they look like may not be.
            symbol = symbol_of(collection)
            key = derived(why.reason, f"each.key({symbol})" if symbol else "", nullable=False)
            value = derived(why.reason, f"each.value({symbol})" if symbol else "")
            if isinstance(collection, Spread):
                key, value = collection.key, collection.value
            add(content[2], {**names, iterator: {"key": key, "value": value}}, content[3])
            found[-1] = Unknown(f"whether there is a block {wanted} is open: {why.reason}", maybe=found[-1])
            return
        for key, value in pairs:
            add(content[2], {**names, iterator: {"key": value_of_key(key), "value": value}}, content[3])

    def body(self, body: Body, names: Names, prefix: str, lines: dict[str, int]) -> dict[str, Any]:
        """The attributes and blocks of a nested block."""
        attributes, blocks = body
        found: dict[str, Any] = {}
        for name, (node, line) in attributes.items():
            lines[f"{prefix}{name}"] = line
            found[name] = self.evaluate(node, names)
        for block in blocks:
            name = block[1][0] if block[0] == "dynamic" and block[1] else block[0]
            if name not in found:
                found[name] = self.blocks(blocks, names, name, prefix, lines)
        return found


def _resource(instance: Instance) -> Resource:
    block = instance.block
    type_ = f"data.{block.type}" if block.is_data else block.type
    try:
        attributes = instance.all_attributes()
        if block.is_data and block.type == "aws_iam_policy_document":
            attributes["json"] = plain(instance.attribute("json"))
    except RecursionError:
        attributes = {name: Unknown("the code is nested too deeply") for name in block.body[0]}
    return Resource(
        type_,
        instance.address,
        attributes,
        "hcl",
        block.location,
        instance.lines,
        instance.when,
    )


def _elements(expanded: Any) -> list[Any]:
    if isinstance(expanded, dict):
        return list(expanded.values())
    if isinstance(expanded, list):
        return expanded
    return [expanded.value if isinstance(expanded, Spread) else expanded]


def _is_switch(count: Node) -> bool:
    """``condition ? 1 : 0``: whether or not, but never more than one."""
    return count[0] == "if" and all(branch in (("lit", 0), ("lit", 1)) for branch in count[2:])


def _pairs(collection: Any, *, lists: bool = False) -> list[tuple[Any, Any]] | None:
    """What for_each goes through; None where that is not known."""
    if isinstance(collection, TerraformSet):
        if any(isinstance(item, Unknown) or not isinstance(item, str) for item in collection) and not lists:
            return None
        return [(item, item) for item in collection]
    if isinstance(collection, dict):
        return list(collection.items())
    if isinstance(collection, list):
        # A conditional between [] and a set is a set, whichever it chooses.
        return list(enumerate(collection)) if lists else _pairs(TerraformSet(collection))
    return None


# How each kind of expression is evaluated


def _literal(module: Module, node: Node, names: Names) -> Any:
    return node[1]


def _name(module: Module, node: Node, names: Names) -> Any:
    name = node[1]
    if name in names:
        return names[name]
    return Unknown(f"{name} cannot be resolved", (Hole(f"{module.path}{name}"),))


def _get(module: Module, node: Node, names: Names) -> Any:
    _, of, name = node
    if of[0] == "var" and of[1] not in names:
        root = of[1]
        match root:
            case "var":
                return module.variable(name)
            case "local":
                return module.local(name)
            case "module":
                return module.call(name)
            case "path":
                # Relative to the module, as file() takes it.
                return {"module": ".", "root": ".", "cwd": "."}.get(name, Unknown(f"path.{name}"))
            case "terraform" | "each" | "count" | "self":
                return Unknown(f"{root}.{name} is not known in the code", (Hole(f"{root}.{name}"),), nullable=False)
            case "data":
                return Unknown("data names no source")
        return module.referred(False, root, name)
    if of[0] == "get" and of[1] == ("var", "data") and "data" not in names:
        return module.referred(True, of[2], name)
    return _member(module.evaluate(of, names), name)


def _member(value: Any, name: Any) -> Any:
    if isinstance(value, Invalid):
        return value
    if isinstance(value, (Instance, Outputs)):
        return value.attribute(name)
    if isinstance(value, dict):
        if _symbol_keys(value):
            return derived(reason_of(value, ""), call_symbol("index", [plain(value), name]))
        return value[name] if name in value else Invalid(f"there is no {name} in {{{', '.join(map(str, value))}}}")
    if isinstance(value, Unknown):
        symbol = symbol_of(value)
        return derived(value.reason, f"{symbol}.{name}" if symbol else "")
    if isinstance(value, list) and name.isdigit():
        return _item(value, int(name))
    if isinstance(value, Spread):
        return derived(value.reason, f"{value.symbol}.{name}")
    return Invalid(f"there is no {name} in it")


def _index(module: Module, node: Node, names: Names) -> Any:
    of = module.evaluate(node[1], names)
    key = module.evaluate(node[2], names)
    return _item(of, key)


def _item(of: Any, key: Any) -> Any:
    if isinstance(of, Invalid):
        return of
    if isinstance(of, Spread):
        # One element stands for all: it is the one asked for only if the key is its own.
        if may_equal(plain(of.key), plain(key)):
            return of.value
        return derived(of.reason, call_symbol(of.symbol, [plain(key)]))
    if isinstance(key, Unknown) and isinstance(of, dict) and symbol_of(key) in _symbol_keys(of):
        return of[symbol_of(key)]
    if isinstance(key, Unknown) or isinstance(of, Unknown):
        reason = key.reason if isinstance(key, Unknown) else of.reason
        if isinstance(of, Unknown) and isinstance(key, str):
            return _member(of, json.dumps(key))
        return derived(reason, call_symbol("index", [plain(of), plain(key)]))
    if isinstance(of, list):
        if isinstance(key, str) and key.isdigit():
            key = int(key)
        if isinstance(key, int) and -len(of) <= key < len(of):
            return of[key]
        return Invalid(f"there is no element {key} in a list of {len(of)}")
    if isinstance(of, (dict, Instance, Outputs)):
        return _member(of, key if isinstance(key, str) else str(key))
    return Invalid("the value has no elements")


def _symbol_keys(value: dict[str, Any]) -> list[str]:
    return [key for key in value if isinstance(key, SymbolKey)]


def _splat(module: Module, node: Node, names: Names) -> Any:
    of = module.evaluate(node[1], names)
    if isinstance(of, (Unknown, Spread)):
        return derived(of.reason, call_symbol("splat", [plain(of)]))
    items = of if isinstance(of, list) else list(of.values()) if isinstance(of, dict) and _of_instances(of) else [of]
    found = []
    for item in [] if of is None else items:
        for step in node[2]:
            item = _member(item, step[2]) if step[0] == "get" else _item(item, module.evaluate(step[2], names))
        found.append(item)
    return found


def _of_instances(value: dict[str, Any]) -> bool:
    return any(isinstance(item, Instance) for item in value.values())


def _call(module: Module, node: Node, names: Names) -> Any:
    _, name, argument_nodes, expand = node
    if name in ("try", "can"):
        return _try(module, name, argument_nodes, names)
    arguments = [module.evaluate(argument, names) for argument in argument_nodes]
    if expand and arguments:
        last = arguments.pop()
        if not isinstance(last, list):
            return derived(reason_of(last, "it cannot be expanded"), "")
        arguments += last
    if name in ("file", "templatefile"):
        return _file(module, name, arguments)
    return functions.call(name, arguments)


def _try(module: Module, name: str, argument_nodes: list[Node], names: Names) -> Any:
    for argument in argument_nodes:
        value = module.evaluate(argument, names)
        if isinstance(value, Invalid):
            continue
        if isinstance(value, (Unknown, Spread)):
            # It may turn out to be an error, and then the next argument counts.
            single = len(argument_nodes) == 1 and name == "try"
            return value if single else derived(value.reason, "")
        return True if name == "can" else value
    return False if name == "can" else Invalid("nothing of it can be evaluated")


def _file(module: Module, name: str, arguments: list[Any]) -> Any:
    if (unknown := first_unknown(arguments[:1])) is not None:
        return derived(unknown.reason, "")
    content = module.code.read(str(arguments[0]))
    if content is None:
        return Unknown(f"{arguments[0]} cannot be read")
    if name == "file":
        return content
    given = arguments[1] if len(arguments) > 1 else {}
    if not isinstance(given, dict):
        return derived(reason_of(given, "the variables are not known"), "")
    try:
        return module.evaluate(parse_template(content), given)
    except HclError as error:
        return Unknown(f"{arguments[0]} is no template: {error}")


def _unary(module: Module, node: Node, names: Names) -> Any:
    value = _boolean(module.evaluate(node[2], names)) if node[1] == "!" else module.evaluate(node[2], names)
    if isinstance(value, bool) and node[1] == "!":
        return not value
    if isinstance(value, (int, float)) and node[1] == "-":
        return -value
    return derived(reason_of(value, "it cannot be computed"), call_symbol(node[1], [plain(value)]))


def _boolean(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _binary(module: Module, node: Node, names: Names) -> Any:
    _, operator, left_node, right_node = node
    left = module.evaluate(left_node, names)
    if operator in ("&&", "||"):
        # Terraform evaluates both sides; what one side decides, an unknown other side cannot change.
        left, right = _boolean(left), _boolean(module.evaluate(right_node, names))
        deciding = operator == "||"
        if left is deciding or right is deciding:
            return deciding
        if isinstance(left, bool) and isinstance(right, bool):
            return not deciding
    else:
        right = module.evaluate(right_node, names)
        if operator in ("==", "!="):
            equal = _equal(left, right)
            if equal is not None:
                return equal if operator == "==" else not equal
        elif (result := _arithmetic(operator, left, right)) is not None:
            return result
    reason = reason_of([left, right], "it cannot be computed")
    return derived(reason, call_symbol(operator, [plain(left), plain(right)]), nullable=False)


def _equal(left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        other = right if left is None else left
        if isinstance(other, Unknown):
            return None if other.nullable else False
        return left is None and right is None
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return may_equal(plain(left), plain(right))
    if has_unknown([left, right]):
        return None
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def _arithmetic(operator: str, left: Any, right: Any) -> Any:
    numbers = [functions.call("tonumber", [value]) for value in (left, right) if isinstance(value, (int, float, str))]
    if len(numbers) != 2 or not all(isinstance(number, (int, float)) for number in numbers):
        return None
    a, b = numbers
    try:
        match operator:
            case "+":
                result = a + b
            case "-":
                result = a - b
            case "*":
                result = a * b
            case "/":
                result = a / b
            case "%":
                result = a % b
            case ">":
                return a > b
            case ">=":
                return a >= b
            case "<":
                return a < b
            case _:
                return a <= b
    except (ArithmeticError, ValueError):
        return None
    return int(result) if isinstance(result, float) and result.is_integer() else result


def _conditional(module: Module, node: Node, names: Names) -> Any:
    condition = _boolean(module.evaluate(node[1], names))
    if isinstance(condition, bool):
        return module.evaluate(node[2] if condition else node[3], names)
    yes, no = module.evaluate(node[2], names), module.evaluate(node[3], names)
    if _equal(yes, no):
        return yes
    reason = reason_of(condition, "the condition is no bool")
    nullable = any(value is None or (isinstance(value, Unknown) and value.nullable) for value in (yes, no))
    result = derived(reason, call_symbol("if", [plain(condition), plain(yes), plain(no)]), nullable=nullable)
    options = [option for branch in (yes, no) for option in _options(branch)]
    return replace(result, options=tuple(options)) if len(options) <= _MOST_OPTIONS else result


def _options(value: Any) -> tuple[Any, ...]:
    return value.options if isinstance(value, Unknown) and value.options else (value,)


def _list(module: Module, node: Node, names: Names) -> Any:
    return [module.evaluate(item, names) for item in node[1]]


def _object(module: Module, node: Node, names: Names) -> Any:
    found = {}
    for key_node, value_node in node[1]:
        key = module.evaluate(key_node, names)
        name = _key_of_map(key)
        if name is None:
            return derived(reason_of(key, "the key is no text"), "")
        found[name] = module.evaluate(value_node, names)
    return found


def _key_of_map(key: Any) -> str | None:
    """Text for a known key, a SymbolKey for an unknown one; None where nothing identifies it."""
    text = joined([key])
    return SymbolKey.of(text) if isinstance(text, Unknown) else str(text)


def _for(module: Module, node: Node, names: Names) -> Any:
    _, key_name, value_name, of_node, key_node, value_node, condition_node, grouping = node
    of = module.evaluate(of_node, names)

    def scope(key: Any, value: Any) -> Names:
        return {**names, value_name: value} if key_name is None else {**names, key_name: key, value_name: value}

    pairs = _pairs(of, lists=True)
    if pairs is None:
        why = unknown_in(of, "it cannot be gone through")
        if isinstance(of, Spread) and key_node and not condition_node and not grouping:
            inner = scope(of.key, of.value)
            key, value = module.evaluate(key_node, inner), module.evaluate(value_node, inner)
            # It is the same collection by another name only as long as the keys are the same.
            symbol = of.symbol if may_equal(plain(key), plain(of.key)) else call_symbol("for", [plain(key), of])
            return Spread(key, value, symbol, of.reason)
        return derived(why.reason, "")
    found: dict[str, Any] = {}
    items = []
    for key, value in pairs:
        inner = scope(value_of_key(key), value)
        if condition_node:
            condition = _boolean(module.evaluate(condition_node, inner))
            if not isinstance(condition, bool):
                return derived(reason_of(condition, "the condition is no bool"), "")
            if not condition:
                continue
        item = module.evaluate(value_node, inner)
        if key_node is None:
            items.append(item)
            continue
        name = module.evaluate(key_node, inner)
        text = _key_of_map(name)
        if text is None:
            return derived(reason_of(name, "the key is no text"), "")
        if grouping:
            found.setdefault(text, []).append(item)
        else:
            found[text] = item
    return items if key_node is None else found


def _template(module: Module, node: Node, names: Names) -> Any:
    return joined(_pieces(module, node[1], names))


def _pieces(module: Module, parts: list[Any], names: Names) -> list[Any]:
    pieces: list[Any] = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(part)
        elif part[0] == "tif":
            condition = _boolean(module.evaluate(part[1], names))
            if isinstance(condition, bool):
                pieces += _pieces(module, part[2] if condition else part[3], names)
            else:
                pieces.append(derived(reason_of(condition, "the condition is no bool"), ""))
        elif part[0] == "tfor":
            collection = module.evaluate(part[3], names)
            pairs = _pairs(collection, lists=True)
            if pairs is None:
                pieces.append(derived(reason_of(collection, "it is no list"), ""))
            for key, value in pairs or ():
                inner = {**names, part[2]: value} | ({part[1]: value_of_key(key)} if part[1] else {})
                pieces += _pieces(module, part[4], inner)
        else:
            pieces.append(module.evaluate(part, names))
    return pieces


_EVALUATE: dict[str, Callable[[Module, Node, Names], Any]] = {
    "lit": _literal,
    "var": _name,
    "get": _get,
    "idx": _index,
    "splat": _splat,
    "call": _call,
    "un": _unary,
    "bin": _binary,
    "if": _conditional,
    "list": _list,
    "obj": _object,
    "for": _for,
    "tpl": _template,
}
