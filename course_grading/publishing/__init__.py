"""Student versions of the homework, and the tree for students."""
