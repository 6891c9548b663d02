"""The reading page: every citation where it stands, and a box to ask."""
