"""Files that other projects published, read into the package's own types."""
