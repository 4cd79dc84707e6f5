# One image for every role; the command selects it. Runs as an unprivileged user, and stores nothing inside.
FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements.txt requirements-build.txt ./
# Build tools stay in this stage: /venv has only what a running Kring needs, not even pip.
RUN pip install --no-cache-dir --require-hashes -r requirements-build.txt \
    && python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY domain domain
COPY projections projections
COPY service service
COPY workers workers
RUN pip wheel --no-cache-dir --no-build-isolation --no-deps --wheel-dir /wheels . \
    && pip --python /venv/bin/python install --no-cache-dir --no-index --no-deps /wheels/*.whl

FROM python:3.11-slim
RUN groupadd --gid 10001 kring && useradd --uid 10001 --gid 10001 --no-create-home kring \
    && install -d -o kring -g kring -m 0700 /keys /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 KRING_KEYS=/keys KRING_DATA=/data
USER kring
VOLUME ["/keys", "/data"]
EXPOSE 8016
ENTRYPOINT ["kring"]
CMD ["serve"]
