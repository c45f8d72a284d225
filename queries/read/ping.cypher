// Asks whether the database answers.
// params: none
// returns: one
// mode: read
RETURN 1 AS one
