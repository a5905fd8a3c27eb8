"""The doctor: tries every credential, permission and webhook, and says in one line each what is wrong.

    round       all examinations, one after the other: one that cannot be made is a diagnosis and ends no round
    database    version, schema, clock, who works
    github      credentials, permissions, events, the webhook as GitHub knows it, what it could not deliver
    door        reachability from outside, signatures
    slack       token, scopes, channels, the way in for clicks
    aws         accounts, IAM actions, execution role, bucket, event queue

Nothing is changed: what a call would do is asked, never done.
"""
