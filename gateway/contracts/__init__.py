"""The agency's own contracts: taken in as files, read as structures, aligned with ours, kept in a folder."""
