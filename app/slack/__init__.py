"""Slack, as far as Mayfly speaks there.

client    post, edit and find a message; Slack's faults as our errors
blocks    an announcement as a message
"""
