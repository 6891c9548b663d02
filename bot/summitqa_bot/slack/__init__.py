"""Slack: converts its objects to calls on the desk, and replies to its messages."""
