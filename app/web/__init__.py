"""The web doors. They write to the store and leave; they never speak to AWS or to Slack's API.

factory     one ASGI application out of all doors
receiver    POST /webhooks/github: checks a delivery and answers once it is kept
slack       POST /webhooks/slack/...: clicks and commands, kept as orders
exchange    one request and its answer, as the two above see them
protocol    the server's protocol, with deadlines and a limit on the head
body        reads a request's body under a limit of bytes, time and memory
writer      the one thread that keeps deliveries and orders, many in a transaction
health      GET /healthz, /readyz
metrics     GET /metrics: how much there is of everything, for Prometheus
api/        GET /api/v1/...: environments and findings as JSON, in pages and with ETags
"""
