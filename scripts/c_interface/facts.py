"""What a program needs to know about a declaration, from its types, names and comment.

The rules are those of ARGUMENTS, OWNERSHIP and OPTIONS at the top of ``include/help.h``.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from .header import Enumeration, Function, Header, Parameter, Structure

#: Of a row of genes.
WIDTH = "help_space_width()"
_NUMBERS = {"int32_t", "uint32_t", "uint64_t", "size_t", "float", "double"}
_UNITS = {"_ms": "ms", "_macs": "multiply-accumulates"}


def library(header: Header) -> Dict[str, Any]:
    """Name and versions."""
    major, minor, patch = (
        header.numbers[f"HELP_VERSION_{part}"] for part in ("MAJOR", "MINOR", "PATCH")
    )
    return {
        "name": "help",
        "soname": f"libhelp.so.{major}",
        "version": f"{major}.{minor}.{patch}",
        "abi": header.numbers["HELP_ABI_VERSION"],
    }


def enumeration(name: str, declared: Enumeration) -> Dict[str, Any]:
    """An enumeration and its constants."""
    return {
        "name": name,
        "stability": declared.section.stability,
        "summary": declared.comment,
        "constants": [
            {"name": each.name, "value": each.value, "summary": each.comment}
            for each in declared.enumerators
        ],
    }


def handle(name: str, declared: Structure) -> Dict[str, Any]:
    """A type that callers see pointers to only."""
    return {
        "name": name,
        "stability": declared.section.stability,
        "summary": declared.comment,
        "immutable": "immutable" in declared.comment,
        "free": f"{name}_free",
    }


def structure(name: str, declared: Structure, layout: Dict[str, int]) -> Dict[str, Any]:
    """A structure with the size and offsets that ``layout`` has for its name and fields."""
    return {
        "name": name,
        "stability": declared.section.stability,
        "summary": declared.comment,
        "size": layout[name],
        "fields": [
            {**field(each, declared), "offset": layout[f"{name}.{each.name}"]}
            for each in declared.fields
        ],
    }


def field(declared: Parameter, owner: Structure) -> Dict[str, Any]:
    """A field; ``default`` and ``default_means`` are those of an option."""
    found: Dict[str, Any] = {"name": declared.name, "type": declared.type}
    if declared.type.endswith(("*", "_fn")):
        found["nullable"] = "NULL" in declared.comment
        found.update(_field_shape(declared, owner))
    found.update(_unit(declared.name), **_enum(declared.comment))
    if declared.group:
        found["group"] = declared.group
    found["summary"], *default = declared.comment.rsplit("; ", 1)
    if default and _is_options(owner):
        found.update(_default(default[0]))
    else:
        found["summary"] = declared.comment
    return found


def callback(name: str, declared: Function, header: Header) -> Dict[str, Any]:
    """A type of functions that the caller writes: its directions are those of its author."""
    return {
        "name": name,
        "stability": declared.section.stability,
        "summary": declared.comment,
        "returns": _returned(declared),
        "parameters": [_parameter(name, each, declared, header) for each in declared.parameters],
    }


def function(name: str, declared: Function, header: Header) -> Dict[str, Any]:
    """A function; ``errors`` are those that its comment names."""
    found = {**callback(name, declared, header), "section": declared.section.name}
    if declared.result == "help_status":
        found["errors"] = sorted(set(re.findall(r"HELP_ERR_\w+", declared.comment)))
    return found


def _returned(declared: Function) -> Dict[str, Any]:
    found: Dict[str, Any] = {"type": declared.result}
    if declared.result.endswith("*"):
        valid = re.search(r"\b(?:valid (?:as long as|until) ([^;.]+)|static)", declared.comment)
        if valid is None:
            raise ValueError(f"the comment does not say how long this is valid: {declared}")
        found["nullable"] = "NULL for" in declared.comment
        found["owner"] = "library"
        found["valid"] = " ".join(valid[0].split())
    return found


def _parameter(name: str, one: Parameter, owner: Function, header: Header) -> Dict[str, Any]:
    found: Dict[str, Any] = {"name": one.name, "type": one.type}
    found["direction"] = _direction(one, owner, header)
    if "*" in one.type:
        found["nullable"] = _nullable(name, one, owner)
        found.update(_pointee(name, one, owner, header))
    found.update(_unit(one.name))
    if one.type == "int32_t":
        found.update(_enum(owner.comment))
    return found


def _direction(one: Parameter, owner: Function, header: Header) -> str:
    """``in``, ``out``, or ``inout``: read and changed."""
    base = _base(one.type)
    if "*" not in one.type or one.type.startswith("const ") or base == "void":
        return "in"
    if one.name.startswith("out"):
        return "inout" if _has_size_of_caller(header.structures.get(base)) else "out"
    if one.name == "options":
        return "out"
    if base == "help_buffer" or (base in _NUMBERS and "in place" in owner.comment):
        return "inout"
    return "in"


def _has_size_of_caller(written: Optional[Structure]) -> bool:
    return written is not None and any(
        each.name == "struct_size" and each.comment.startswith("set it before the call")
        for each in written.fields
    )


def _nullable(name: str, one: Parameter, owner: Function) -> bool:
    if one.name == "user" or name.endswith("_free"):
        return True
    if one.name == "options":
        return one.type.startswith("const ")
    return bool(re.search(rf"\b{one.name}(?:\[\w+\])*\s+\(?may\s+be\s+NULL", owner.comment))


def _pointee(name: str, one: Parameter, owner: Function, header: Header) -> Dict[str, Any]:
    """What is behind a pointer: a handle, a structure, bytes, text, one number or an array."""
    base = _base(one.type)
    if base in header.handles:
        if one.type.count("*") == 2:
            return {"kind": "handle", "owner": "caller", "free": f"{base}_free"}
        return {"kind": "handle", **({"consumed": True} if name == f"{base}_free" else {})}
    if base == "help_buffer" and one.name == "out":
        return {"kind": "struct", "owner": "caller", "free": "help_buffer_free"}
    if base in header.structures:
        return {"kind": "struct"}
    if base in ("char", "void"):
        return _bytes(one, owner)
    return _array(name, one, owner)


def _bytes(one: Parameter, owner: Function) -> Dict[str, Any]:
    if one.name in ("user", "accuracy"):
        return {"kind": "opaque"}
    if any(each.name == "size" for each in owner.parameters):
        return {"kind": "bytes" if _base(one.type) == "void" else "text", "shape": ["size"]}
    return {"kind": "string"}


def _array(name: str, one: Parameter, owner: Function) -> Dict[str, Any]:
    """An array of numbers with its shape, and with the stride between its rows."""
    given = re.search(rf"\b{one.name}((?:\[[^\]]+\])+)", owner.comment)
    shape = re.findall(r"\[([^\]]+)\]", given[1]) if given else []
    names = {each.name for each in owner.parameters}
    if not shape and _base(one.type) == "size_t":
        return {"kind": "number"}
    genes = _base(one.type) == "int32_t"
    if not shape and (genes or "n" in names):
        shape = ["n"] if "n" in names else []
        if not shape and "stride" in names:
            raise ValueError(f"{name}: its comment does not say how many rows {one.name} has")
    elif not shape:
        raise ValueError(f"{name}: its comment does not say how long {one.name} is")
    shape = shape + [WIDTH] if genes else shape
    if len(shape) < 2:
        return {"kind": "array", "shape": shape}
    return {"kind": "array", "shape": shape, **_stride(one.name, names)}


def _stride(name: str, names: "set[str]") -> Dict[str, str]:
    wanted: List[str] = [f"{name}_stride"]
    if name.startswith("out"):
        wanted.append("out_stride")
    # help_monotonicity writes a whole matrix.
    if name != "out":
        wanted.append("stride")
    return next(({"stride": each} for each in wanted if each in names), {})


def _field_shape(declared: Parameter, owner: Structure) -> Dict[str, Any]:
    stem = re.sub(r"s$", "", declared.name)
    names = {each.name for each in owner.fields}
    if f"{stem}_count" not in names:
        return {"shape": ["size"]} if "size" in names else {}
    if f"{stem}_stride" not in names:
        return {"shape": [f"{stem}_count"]}
    return {"shape": [f"{stem}_count", WIDTH], "stride": f"{stem}_stride"}


def _unit(name: str) -> Dict[str, str]:
    return next(({"unit": unit} for end, unit in _UNITS.items() if name.endswith(end)), {})


def _enum(comment: str) -> Dict[str, str]:
    found = re.search(r"\benum (\w+)", comment)
    return {"enum": found[1]} if found else {}


def _is_options(owner: Structure) -> bool:
    return any("_options_init" in each.comment for each in owner.fields)


def _default(text: str) -> Dict[str, Any]:
    """``NaN: 0.003`` is the value NaN, which means 0.003."""
    value, colon, means = text.partition(": ")
    found: Dict[str, Any] = {"default": _value(value)}
    return {**found, "default_means": means} if colon else found


def _value(text: str) -> Any:
    """A number, or a name: NaN, NULL, a constant."""
    for kind in (int, float):
        try:
            return kind(text) if text != "NaN" else text
        except ValueError:
            pass
    return text


def _base(kind: str) -> str:
    return re.sub(r"\bconst |[ *]", "", kind)
