"""What a run leaves: records, tables, pages, and the written answers."""
