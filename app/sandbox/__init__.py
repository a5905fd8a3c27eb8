"""Stand-ins for AWS, GitHub and Slack, all on this machine."""
