"""Prompts: one Markdown file each, with its parameters declared, and a user's file of the same name before ours.

A file begins with a header between two lines ``---``: ``description`` and ``parameters``, a mapping of each
parameter's name to what it is.  Then each line ``# System``, ``# User`` or ``# Assistant`` begins a message, in which
``{{name}}`` stands for a parameter.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from graphrag.errors import RecipeError
from graphrag.types import content_digest

__all__ = ["Prompt", "load_prompt", "read_prompt"]

_SHIPPED = Path(__file__).resolve().parent.parent / "prompts"
_HEADER = re.compile(r"---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_ROLE = re.compile(r"^# (System|User|Assistant)[ \t]*$", re.MULTILINE)
_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True)
class Prompt:
    """A prompt whose parameters are not filled in yet."""

    name: str
    description: str
    parameters: Mapping[str, str]  # name -> what it is
    messages: tuple[tuple[str, str], ...]  # (role, text with places)

    @property
    def digest(self) -> str:
        """Digest of the text: changes whenever replies may."""
        return content_digest(*(part for message in self.messages for part in message))

    def fill(self, **values: str) -> tuple[tuple[str, str], ...]:
        """Return the messages with a value in each place; a place inside a value stays as it is.

        Raises
        ------
        ValueError
            A parameter is missing, or one is given that the prompt does not declare.
        """
        if values.keys() != self.parameters.keys():
            odd = sorted(values.keys() ^ self.parameters.keys())
            raise ValueError(f"the prompt {self.name} takes {sorted(self.parameters)}; look at {odd}")
        return tuple(
            (role, _PLACE.sub(lambda place: values[place.group(1)], text).strip()) for role, text in self.messages
        )


def load_prompt(name: str, folder: str = "") -> Prompt:
    """Return a prompt: the user's where ``folder`` holds a file of that name, else the shipped one.

    Parameters
    ----------
    name : str
        Such as ``extract``.
    folder : str
        Where the user's prompts are; empty for none.

    Raises
    ------
    RecipeError
        There is no such folder, or the file is no prompt, or it does not take the parameters of the shipped one.
    """
    shipped = read_prompt(_SHIPPED / f"{name}.md")
    if not folder:
        return shipped
    if not Path(folder).is_dir():
        raise RecipeError(f"llm.prompts names {folder!r}, which is no folder; `graphrag prompt-tune` makes one")
    path = Path(folder) / f"{name}.md"
    if not path.is_file():
        return shipped
    own = read_prompt(path)
    if own.parameters.keys() != shipped.parameters.keys():
        raise RecipeError(
            f"The prompt {path} declares the parameters {sorted(own.parameters)}; the shipped one has "
            f"{sorted(shipped.parameters)}."
        )
    return own


@functools.lru_cache(maxsize=64)
def read_prompt(path: Path) -> Prompt:
    """Read one prompt file.

    Raises
    ------
    RecipeError
        It cannot be read, has no header or no message, or uses and declares different parameters.
    """
    try:
        text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"The prompt {path} cannot be read: {error}.") from error
    header = _HEADER.match(text)
    if header is None:
        raise RecipeError(f"The prompt {path} has no header: begin it with ---, description and parameters, ---.")
    try:
        declared = yaml.safe_load(header.group(1))
    except yaml.YAMLError as error:
        raise RecipeError(f"The header of the prompt {path} is not YAML: {error}") from error
    known = {"description", "parameters"}
    if not isinstance(declared, dict) or not isinstance(declared.get("description"), str) or declared.keys() - known:
        raise RecipeError(f"The header of the prompt {path} is wrong: it has description and parameters.")
    parameters = declared.get("parameters") or {}
    if not isinstance(parameters, dict) or not all(isinstance(value, str) for value in parameters.values()):
        raise RecipeError(f"The parameters of the prompt {path} are wrong: write `name: what it is` for each.")
    pieces = _ROLE.split(header.group(2))
    messages = tuple(
        (role.lower(), said.strip()) for role, said in zip(pieces[1::2], pieces[2::2], strict=True) if said.strip()
    )
    if pieces[0].strip() or not messages or messages[-1][0] != "user":
        raise RecipeError(f"The prompt {path} is wrong: after the header come # System and # User, # User last.")
    used = {place for _, said in messages for place in _PLACE.findall(said)}
    if used != set(parameters):
        odd = ", ".join(sorted(used ^ set(parameters)))
        raise RecipeError(f"The prompt {path} must declare the parameters that it uses, and no others: look at {odd}.")
    return Prompt(path.stem, declared["description"], parameters, messages)
