"""Per-document rights: which groups may see a document, and the views that answer as if the others were not there."""
