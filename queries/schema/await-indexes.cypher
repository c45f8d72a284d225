// Waits until all indexes are up to date.
// params: seconds integer
// returns: nothing
// mode: read
CALL db.awaitIndexes($seconds)
