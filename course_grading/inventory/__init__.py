"""The inventory of concepts: twenty questions in two parallel forms, and what a class says."""
