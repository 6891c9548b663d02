"""Front ends: the terminal, Discord and Slack, and the desk they share."""
