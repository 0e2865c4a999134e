"""RSS, Atom and JSON Feed: documents to entries to posts."""
