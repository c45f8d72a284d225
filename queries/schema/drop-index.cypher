// Removes an index of this program.
// params: name string
// returns: nothing
// mode: write
DROP INDEX $name IF EXISTS
