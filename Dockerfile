# One image, several commands: docker-compose.yml starts web, worker, beat and migrate from it.
FROM python:3.11-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt .
RUN /opt/venv/bin/pip install --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HARBORGUARD_STATIC_ROOT=/srv/static
RUN useradd --system --uid 10001 --user-group --no-create-home harborguard
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY harborguard harborguard
COPY registries registries
COPY inventory inventory
COPY sync sync
COPY templates templates
COPY docs docs
# The settings ask for keys and a database; collecting files uses neither.
RUN DATABASE_URL=postgres://build \
    REDIS_URL=redis://build \
    SECRET_KEY=build \
    HARBORGUARD_CREDENTIAL_KEYS=build:0000000000000000000000000000000000000000000000000000000000000000 \
    python manage.py collectstatic --no-input \
    && python -m compileall -q .
USER harborguard
EXPOSE 8000
CMD ["gunicorn", "harborguard.wsgi:application", "--bind=0.0.0.0:8000", "--workers=2", \
     "--threads=8", "--worker-tmp-dir=/dev/shm", "--no-control-socket", \
     "--config=python:harborguard.web.gunicorn"]
