"""``graphrag prompt-tune``."""

from pathlib import Path

import click

from graphrag.cli.costs import show_usage
from graphrag.cli.options import PathType, workspace_option

__all__ = ["prompt_tune"]


@click.command("prompt-tune", short_help="Write prompts for your own documents.")
@workspace_option()
@click.option("--out", type=PathType(file_okay=False), default=Path("prompts"), show_default=True,
              help="The folder to write the prompts into.")  # fmt: skip
@click.option("--passages", type=click.IntRange(min=1, max=50), default=12, show_default=True, help="Sample passages.")
@click.option("--recipe", help="A recipe whose llm settings are used. Default: the workspace's own.")
@click.option("--max-cost", type=click.FloatRange(min=0), help="The most money that the LLM may cost in this run.")
@click.option("--force", is_flag=True, help="Write over prompts that are there.")
def prompt_tune(
    workspace: Path, out: Path, passages: int, recipe: str | None, max_cost: float | None, force: bool
) -> None:
    """Write prompts for your own documents: what they are about, the kinds of things in them, and examples.

    The LLM reads some passages of the workspace. What is written is an ordinary prompt file: look at it, change it, and
    name the folder as llm.prompts in a recipe.
    """
    from graphrag.config import load_recipe
    from graphrag.engine import GraphRAG
    from graphrag.errors import InputError
    from graphrag.extraction.prompt_tuning import sample, tuned_prompts

    there = [path.name for path in sorted(out.glob("*.md"))]
    if there and not force:
        raise InputError(f"The folder {out} holds prompts already ({', '.join(there)}): name another, or use --force.")
    with GraphRAG.open(workspace) as rag:
        if recipe is not None:
            rag.recipe = rag.recipe.model_copy(update={"llm": load_recipe(recipe).llm})
        rag.max_cost = max_cost
        chunks = sample(rag.store.chunks(), passages)
        if not chunks:
            raise InputError(f"The workspace {workspace} holds no passages to look at: build it first.")
        llm = rag.llm()
        written = tuned_prompts(llm, chunks, rag.recipe.llm.prompts)
        usage = {name: use.as_dict() for name, use in llm.usage.items()}
    out.mkdir(parents=True, exist_ok=True)
    for name, text in written.items():
        (out / f"{name}.md").write_text(text, encoding="utf-8")
        click.echo(out / f"{name}.md")
    show_usage(usage)
    click.echo(f'Use them: write `llm: {{prompts: "{out}"}}` into a recipe that extends llm.', err=True)
