"""Slack, as far as Mayfly speaks there.

client      post, edit and find a message; Slack's faults as our errors
blocks      an announcement as the one message of its environment
details     what has no room there, for its thread
buttons     what people may ask for with one click
mrkdwn      Slack's markup, out of which no text can break
signature   whether a request is Slack's own
socket_mode the same by a connection that we open, for a server that Slack cannot reach
gestures    what people click and type, as Slack posts it
"""
