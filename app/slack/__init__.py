"""Slack, as far as Mayfly speaks there.

client      post, edit and find a message; Slack's faults as our errors
blocks      an announcement as a message
signature   whether a request is Slack's own
gestures    what people click and type, as Slack posts it
"""
