# One image for `serve`, `web` and `worker`: docker run mayfly web
FROM python:3.12-slim AS build
WORKDIR /src
COPY infra/lock/mayfly.txt infra/lock/build.txt infra/lock/
RUN python -m venv /opt/mayfly \
 && /opt/mayfly/bin/pip install --no-cache-dir --require-hashes --requirement infra/lock/mayfly.txt
RUN pip install --no-cache-dir --require-hashes --requirement infra/lock/build.txt
COPY pyproject.toml README.md ./
COPY app app
COPY workers workers
COPY infra/example infra/example
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/mayfly/bin/pip install --no-cache-dir --no-deps /wheels/mayfly-*.whl

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/mayfly --create-home mayfly
COPY --from=build /opt/mayfly /opt/mayfly
# Inside a container the port is reached from outside it alone, so the doors listen on every address of the container.
ENV PATH=/opt/mayfly/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MAYFLY_WEB__HOST=0.0.0.0 \
    MAYFLY_DATABASE_URL=sqlite:////var/lib/mayfly/mayfly.db
USER 10001
WORKDIR /var/lib/mayfly
VOLUME /var/lib/mayfly
EXPOSE 8080
# A worker has no door; it ends by itself when it cannot go on.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD \
    grep -q worker /proc/1/cmdline || \
    python -c "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('MAYFLY_WEB__PORT', '8080') + '/healthz', timeout=2)"
ENTRYPOINT ["mayfly"]
CMD ["serve"]
