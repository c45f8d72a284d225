"""The tables of a workspace, their versions, and the names of its files.

``workspace.db`` is the truth of a build and changes only in the one transaction that ends a build.  ``cache.db`` holds
what is dear to compute, keyed by content; it grows while a build runs, and can be thrown away at the price of
computing again.  ``staging.db`` holds the documents of the build that is running, and is worthless after it.
"""

__all__ = [
    "APART_FILE",
    "APPLICATION_ID",
    "ARRAYS_FOLDER",
    "CACHE_ADDED",
    "CACHE_APPLICATION_ID",
    "CACHE_FILE",
    "CACHE_SCHEMA",
    "CACHE_VERSION",
    "CONTENT_TABLES",
    "CYPHER_FOLDER",
    "DATABASE_FILE",
    "DIGESTS_FILE",
    "GUESTS",
    "LINKS_BEFORE",
    "LINKS_FILE",
    "LOCK_FILE",
    "MIGRATIONS",
    "OWN_FILES",
    "PARSED_FOLDER",
    "READINGS_FILE",
    "REPAIR_FOLDER",
    "REPLIES_FILE",
    "SCHEMA",
    "SCHEMA_VERSION",
    "SPARE_FILE",
    "STAGING_FILE",
    "STAGING_SCHEMA",
    "VIEWS_FOLDER",
]

APPLICATION_ID = 0x48_6F_70_47  # "HopG"
CACHE_APPLICATION_ID = 0x48_6F_70_43  # "HopC"
SCHEMA_VERSION = 3
CACHE_VERSION = 1

DATABASE_FILE = "workspace.db"
CACHE_FILE = "cache.db"
STAGING_FILE = "staging.db"
LOCK_FILE = "lock"
LINKS_FILE = "links.tsv"  # what people decided: never removed
LINKS_BEFORE = "links.tsv.before"  # what they had decided, while a build follows other decisions
APART_FILE = "off-schema.jsonl"  # what an LLM said and the user's schema does not have
REPLIES_FILE = "llm.db"  # replies of LLMs, which were paid for: never removed
READINGS_FILE = "readings.json"  # what another program paid an LLM to read: never removed
ARRAYS_FOLDER = "arrays"
SPARE_FILE = "documents.jsonl.gz"  # beside the arrays of each build
CYPHER_FOLDER = "cypher"  # the graph as the embedded Cypher engine keeps it
DIGESTS_FILE = "digests"  # of what is published, so that a change is published quickly
PARSED_FOLDER = "parsed"  # what parsers made of pdf, docx and epub files: made again where it is missing
REPAIR_FOLDER = "repair"
VIEWS_FOLDER = "views"  # workspaces of the documents that some readers may see
OWN_FILES = frozenset(
    {LOCK_FILE, APART_FILE, ARRAYS_FOLDER, CYPHER_FOLDER, DIGESTS_FILE, PARSED_FOLDER, REPAIR_FOLDER}
    | {name + end for name in (DATABASE_FILE, CACHE_FILE, STAGING_FILE) for end in ("", "-wal", "-shm", "-journal")}
)
# What may lie in the folder and is not the build's: never removed with it.  A killed process leaves a ".new" file.
GUESTS = frozenset(
    {"neo4j", LINKS_FILE, LINKS_BEFORE, READINGS_FILE, VIEWS_FOLDER}
    | {REPLIES_FILE + end for end in ("", "-wal", "-shm", "-journal")}
    | {f"{DATABASE_FILE}.schema-{version}{end}" for version in range(1, SCHEMA_VERSION) for end in ("", ".new")}
    | {f"{name}.new" for name in (LINKS_FILE, LINKS_BEFORE, APART_FILE, READINGS_FILE)}
)

# New documents that can be found already by their words and vectors, and are not part of the graph yet.  They and their
# chunks stand at the end of their tables, behind the rows that are in canonical order; the next build ends that.
_FRESH = "CREATE TABLE fresh (chunk INTEGER PRIMARY KEY REFERENCES chunk, vectors BLOB NOT NULL);"

# Row numbers are the canonical order: documents, entities and facts by id, chunks by document and position, communities
# by level and id.  The arrays count in the same rows.  Long columns stand last, so that reading a title does not
# read the text behind it.
SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE document (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, digest TEXT NOT NULL,
    source TEXT NOT NULL, metadata TEXT NOT NULL, headings TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE chunk (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document INTEGER NOT NULL REFERENCES document,
    position INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, digest TEXT NOT NULL,
    heading TEXT NOT NULL, sentences TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (document, position)
);
CREATE TABLE entity (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, label TEXT NOT NULL,
    description TEXT NOT NULL, mention_count INTEGER NOT NULL
);
CREATE TABLE alias (
    entity INTEGER NOT NULL REFERENCES entity, position INTEGER NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (entity, position)
) WITHOUT ROWID;
CREATE TABLE mention (
    chunk INTEGER NOT NULL REFERENCES chunk, start INTEGER NOT NULL, stop INTEGER NOT NULL,
    entity INTEGER NOT NULL REFERENCES entity, text TEXT NOT NULL, source TEXT NOT NULL,
    PRIMARY KEY (chunk, start, stop, entity)
) WITHOUT ROWID;
CREATE INDEX mention_of_entity ON mention (entity);
CREATE TABLE about (
    document INTEGER NOT NULL REFERENCES document, entity INTEGER NOT NULL REFERENCES entity,
    weight REAL NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (document, entity)
) WITHOUT ROWID;
CREATE INDEX about_entity ON about (entity);
CREATE TABLE fact (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, subject INTEGER NOT NULL REFERENCES entity,
    predicate TEXT NOT NULL, object INTEGER REFERENCES entity, value TEXT NOT NULL, said_when TEXT NOT NULL,
    confidence REAL NOT NULL
);
CREATE INDEX fact_of_subject ON fact (subject);
CREATE INDEX fact_of_object ON fact (object);
CREATE TABLE evidence (
    fact INTEGER NOT NULL REFERENCES fact, position INTEGER NOT NULL, chunk INTEGER NOT NULL REFERENCES chunk,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (fact, position)
) WITHOUT ROWID;
CREATE INDEX evidence_of_chunk ON evidence (chunk);
CREATE TABLE merge (
    row INTEGER PRIMARY KEY, entity TEXT NOT NULL, name TEXT NOT NULL, target TEXT NOT NULL, method TEXT NOT NULL,
    score REAL NOT NULL
);
CREATE TABLE community (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, level INTEGER NOT NULL,
    parent INTEGER REFERENCES community
);
CREATE TABLE member (
    community INTEGER NOT NULL REFERENCES community, position INTEGER NOT NULL,
    entity INTEGER NOT NULL REFERENCES entity, PRIMARY KEY (community, position)
) WITHOUT ROWID;
CREATE INDEX member_entity ON member (entity);
CREATE TABLE report (
    community INTEGER PRIMARY KEY REFERENCES community, title TEXT NOT NULL, rank REAL NOT NULL,
    first_year TEXT NOT NULL, last_year TEXT NOT NULL, digest TEXT NOT NULL, made_by TEXT NOT NULL,
    summary TEXT NOT NULL, findings TEXT NOT NULL, key_entities TEXT NOT NULL, documents TEXT NOT NULL
);
CREATE TABLE problem (row INTEGER PRIMARY KEY, place TEXT NOT NULL, message TEXT NOT NULL);
CREATE TABLE array (
    name TEXT PRIMARY KEY, dtype TEXT NOT NULL, shape TEXT NOT NULL, size INTEGER NOT NULL, checksum TEXT NOT NULL
) WITHOUT ROWID;
{_FRESH}
"""

# Communities were once found in a random order, whose seed was a setting.
_NO_SEED = "UPDATE meta SET value = json_remove(value, '$.build.communities.seed') WHERE key = 'recipe';"

# Schema version -> what makes the next version of a database that has it.
MIGRATIONS = {1: _FRESH, 2: _NO_SEED}

# What a build's digest covers, each with its canonical order.  Not "meta" (time, versions) and not "problem" (what
# happened while reading, not what was read).
CONTENT_TABLES = (
    ("document", "row"),
    ("chunk", "row"),
    ("entity", "row"),
    ("alias", "entity, position"),
    ("mention", "chunk, start, stop, entity"),
    ("about", "document, entity"),
    ("fact", "row"),
    ("evidence", "fact, position"),
    ("merge", "row"),
    ("community", "row"),
    ("member", "community, position"),
    ("report", "community"),
    ("array", "name"),
)

CACHE_SCHEMA = """
CREATE TABLE extraction (
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL, made_by TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (digest, made_by)
);
CREATE TABLE vectors (
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL, made_by TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (digest, made_by)
);
CREATE TABLE journal (
    id INTEGER PRIMARY KEY, stage TEXT NOT NULL, started REAL NOT NULL, finished REAL, note TEXT NOT NULL
);
"""

# These came later: a cache that has none of them is as good as a new one.
CACHE_ADDED = """
CREATE TABLE IF NOT EXISTS cache.report (key TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cache.reading (digest TEXT PRIMARY KEY, made_by TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS cache.standing (digest TEXT PRIMARY KEY, made_by TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS cache.memo (name TEXT PRIMARY KEY, made_by TEXT NOT NULL, body BLOB NOT NULL);
"""

STAGING_SCHEMA = """
CREATE TABLE staging.document (
    key INTEGER PRIMARY KEY, row INTEGER, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, digest TEXT NOT NULL,
    source TEXT NOT NULL, metadata TEXT NOT NULL, headings TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE staging.chunk (
    key INTEGER PRIMARY KEY, row INTEGER, id TEXT NOT NULL UNIQUE, document INTEGER NOT NULL, position INTEGER NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, digest TEXT NOT NULL, heading TEXT NOT NULL,
    sentences TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (document, position)
);
CREATE TABLE staging.refined (digest TEXT PRIMARY KEY, extraction INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE staging.problem (row INTEGER PRIMARY KEY, place TEXT NOT NULL, message TEXT NOT NULL);
"""
