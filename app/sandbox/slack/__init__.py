"""A Slack of our own: one workspace on this machine, over real HTTP.

    sandbox        SlackSandbox: start and stop it, look at what people would see, click, type, break things
    door           the HTTP side: /api/METHOD as WebClient calls it, /response/TOKEN for response URLs
    methods        which Web API methods there are; chat, conversations, people hold them
    arguments      what a caller sent, form or JSON, read as what it means
    limits         what Slack refuses in a message: Block Kit's rules and sizes
    workspace      who and what is there: people, channels, messages
    records        the words: User, Channel, Message, Version, Call, Reply
    shapes         records as the JSON that Slack answers
    interactions   clicks and slash commands, signed and posted to the program; response URLs, trigger ids
    sockets        Socket Mode: the connections that the program opens, and the envelopes that go to one of them
    faults         rate limits, errors, broken connections, on demand

It answers what Slack's documentation says Slack answers, and is strict where Slack is vague: a message that passes here
passes there. Events are not part of it.
"""

from app.sandbox.slack.faults import Breakage
from app.sandbox.slack.records import Call, Channel, Message, Reply, User, Version
from app.sandbox.slack.sandbox import SlackSandbox

__all__ = ["Breakage", "Call", "Channel", "Message", "Reply", "SlackSandbox", "User", "Version"]
