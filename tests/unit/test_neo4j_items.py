"""The digests by which a published graph is compared with a workspace's."""

from graphrag.stores.neo4j.items import Item, Link, links_digest, properties_digest


def test_a_change_of_the_id_alone_is_seen() -> None:
    assert Item("a", {"name": "x"}).digests() != Item("b", {"name": "x"}).digests()


def test_digests_see_every_change_and_no_order() -> None:
    base = {"name": "x", "count": 1, "aliases": ["a", "b"], "gone": None}
    same = {"aliases": ["a", "b"], "count": 1, "name": "x"}
    assert properties_digest(base) == properties_digest(same)
    for name, value in (("name", "y"), ("count", 2), ("aliases", ["b", "a"]), ("more", True)):
        assert properties_digest({**base, name: value}) != properties_digest(base)
    links = [Link("A", "1", {"x": 1}), Link("B", "2", {})]
    assert links_digest(links) == links_digest(links[::-1])
    assert links_digest(links) != links_digest([*links, links[0]])
    assert links_digest([]) == -1
    assert 0 <= properties_digest(base) < 2**48
