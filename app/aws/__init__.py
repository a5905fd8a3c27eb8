"""Amazon Web Services, as far as Mayfly touches them.

    client        boto3 clients per account and region; AWS's faults turned into our three errors
    permissions   each function that calls AWS declares the IAM actions that it needs
    stacks        CloudFormation: create, update, delete, look, follow; `cloud` does it in every account and region
    history       a stack's events, and what failed before anything was made
    inventory     what a stack holds, listed before it is deleted
    teardown/     what blocks a deletion, put out of the way
    existence     whether a resource is still there, asked of its service; `estate` does these three everywhere
    queue         EventBridge's stack status changes, waiting in SQS
    quotas        what an account has room for; `allowance` remembers it and has creations wait
    artifacts     the bucket that templates and code are put into
    tarball       GitHub's archive of a commit, read without trusting it, into a
    checkout      a commit's files, which never lead outside; `tree` is how they hang together
    template      CloudFormation templates, read with line numbers; `composer` reads the YAML
    packaging/    local paths in a template become references to the artifact bucket
    check/        what people may want to know of a template before its environment is torn down

Whatever grants rights (accounts, regions, roles, capabilities) comes from the server's settings; what a repository
says only chooses among it.
"""
