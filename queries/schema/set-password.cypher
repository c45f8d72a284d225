// Replaces the password that a new server has by a generated one.
// params: password string
// returns: nothing
// mode: write
ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password
