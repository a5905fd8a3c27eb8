"""`/api/v1`: environments and findings as JSON, for programs.

factory     the application: its routes, its errors, its description
gate        who asks, whether they may, and whether not too often
rate        a bucket of requests for each visitor
routes      what is answered at each path
shapes      the answers' shapes, with an example each: what OpenAPI says of them
problem     errors as RFC 9457 writes them, one clear line each
page        a long list in portions: `limit`, `cursor`, the header `Link`
freshness   ETags: what the asker has already is not sent again
"""
