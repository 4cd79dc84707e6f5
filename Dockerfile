# One image for every role: the command says which. Runs as nobody in particular; keeps nothing inside.
FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements.txt pyproject.toml README.md ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY domain domain
COPY projections projections
COPY service service
COPY workers workers
RUN /venv/bin/pip install --no-cache-dir --no-build-isolation --no-deps .

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
