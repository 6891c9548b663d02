"""The PostgreSQL engine: what replicas of one installation share, reached through one place.

Nothing here is imported where SUMMITQA_DATABASE_URL does not name PostgreSQL, whose driver a plain
installation does not have.
"""
