// Lists the indexes of this program and what they index.
// params: none
// returns: name, labels, properties, state
// mode: read
SHOW INDEXES YIELD name, labelsOrTypes, properties, state
WHERE name STARTS WITH 'hopgraph_'
RETURN name, labelsOrTypes AS labels, properties, state
