"""Values for the parameters of every exploration query, taken from a workspace itself."""

from graphrag.stores.workspace import Workspace


def parameters_of(store: Workspace) -> dict[str, object]:
    """Return a value for each name of a parameter, chosen so that the queries find something."""
    facts = [f for f in store.facts() if f.object is not None and f.object != f.subject]
    entities = {entity.id: entity for entity in store.entities()}
    abouts = {about.entity_id for about in store.abouts()}
    fact = next(f for f in facts if f.subject in abouts and f.when)
    named = entities[fact.subject].name
    other = entities[fact.object or ""].name
    report = next(store.reports())
    parent = next(c.parent for c in store.communities() if c.parent)
    return {
        "name": named,
        "from": named,
        "to": other,
        "letters": named[:4],
        "words": named.split()[0],
        "first": named.split()[0],
        "second": other.split()[0],
        "predicate": fact.predicate,
        "document": fact.evidence[0].document_id,
        "chunk": fact.evidence[0].chunk_id,
        "community": report.community_id,
        "parent": parent,
    }
