"""JSON in replies: what is asked for, and what is made of the JSON that comes."""

import contextlib
import json
import re
from typing import Any

from pydantic import BaseModel, ValidationError

__all__ = ["parse", "schema_of"]

_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
# Strings of JSON; in single quotes only where these stand where strings do.
_STRING = re.compile(
    r'"(?:[^"\\]|\\.)*"' r"|(?<=[\[{:,\s])'(?:[^'\\]|\\.)*'(?=\s*[:,\]}])",
    re.DOTALL,
)
_FENCE = re.compile(r"```[\w-]*\s*\n?(.*?)(?:```|\Z)", re.DOTALL)


def schema_of(shape: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of a shape in the strict form that servers take: nothing optional, nothing else."""
    schema = shape.model_json_schema()
    for inner in (schema, *schema.get("$defs", {}).values()):
        if "properties" in inner:
            inner["required"] = sorted(inner["properties"])
            inner["additionalProperties"] = False
        for value in inner.get("properties", {}).values():
            value.pop("default", None)
            value.pop("title", None)
    return schema


def parse(text: str, shape: type[BaseModel]) -> tuple[BaseModel, bool]:
    """Return what a reply says, and whether it had to be repaired.

    Parameters
    ----------
    text : str
        The reply.
    shape : type of BaseModel
        What it must be.

    Raises
    ------
    ValueError
        It cannot be made that; the message says why, in words for the model that wrote it.
    """
    try:
        return _checked(json.loads(text), shape), False
    except (ValueError, RecursionError):
        pass
    try:
        return _checked(_repaired(text), shape), True
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _repaired(text: str) -> Any:
    """Read JSON that is wrapped in prose or fences, has small mistakes, or is a string of JSON.

    What has lost its end is refused, because nobody knows what is missing.
    """
    import json_repair  # only broken replies need it

    text = _THINKING.sub("", text).strip().lstrip("\ufeff")
    fenced = _FENCE.search(text)
    if fenced and "{" in fenced.group(1):
        text = fenced.group(1)
    begins = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    if not begins:
        try:
            inner = json.loads(text)
        except ValueError:
            inner = None
        if not isinstance(inner, str) or "{" not in inner:
            raise ValueError("it holds no JSON object")
        text = inner
    text = text[min(begins) :] if begins and not text.startswith('"') else text
    with contextlib.suppress(ValueError):  # what is only wrapped needs no repair
        return json.JSONDecoder().raw_decode(text)[0]
    data = json_repair.loads(text)
    if isinstance(data, str) and "{" in data:
        text = data
        data = json_repair.loads(text)
    if _lacks_its_end(text):
        raise ValueError("it ends before its JSON does")
    return data


def _lacks_its_end(text: str) -> bool:
    """Tell whether brackets are still open where the text ends; those inside of strings do not count."""
    plain = _STRING.sub("", text)
    return plain.count("{") > plain.count("}") or plain.count("[") > plain.count("]") or '"' in plain


def _checked(data: Any, shape: type[BaseModel]) -> BaseModel:
    """Return data as the shape; the only object of a list is taken for it."""
    if isinstance(data, str) and "{" in data:
        data = json.loads(data)
    if isinstance(data, list):
        objects = [entry for entry in data if isinstance(entry, dict)]
        data = objects[0] if len(objects) == 1 else data
    if not isinstance(data, dict):
        raise ValueError("it is no JSON object")
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{where + ': ' if where else ''}{first['msg'].removeprefix('Value error, ')}") from error
