# The exporter as an image: `docker build --tag gcore-snapshot-exporter .`
# Both stages stand on one base, so that the environment finds its interpreter where it was made.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /src
# Nothing is built from source but the exporter itself, and nothing is installed without its hash.
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements.txt requirements-build.txt ./
RUN python -m venv --without-pip /opt/exporter \
    && python -m pip --python /opt/exporter install --only-binary :all: --require-hashes \
        --requirement requirements.txt \
    && python -m pip install --only-binary :all: --require-hashes \
        --requirement requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY exporter exporter
RUN python -m pip wheel --no-build-isolation --no-deps --no-index --wheel-dir /wheel . \
    && python -m pip --python /opt/exporter install --no-deps --no-index /wheel/*.whl

FROM python:${PYTHON}-slim
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="gcore-snapshot-exporter" \
    org.opencontainers.image.description="Prometheus exporter for block-storage snapshots at Gcore Cloud" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/exporter /opt/exporter
ENV PATH=/opt/exporter/bin:$PATH
# A number, so that Kubernetes can tell that it is not root; it owns nothing in the image.
USER 65532:65532
# Here lies config.yaml, the default of --config.file, if one is mounted.
WORKDIR /etc/gcore-snapshot-exporter
EXPOSE 10048
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=15s --retries=3 \
    CMD ["/opt/exporter/bin/gcore-snapshot-exporter", "--healthcheck"]
ENTRYPOINT ["/opt/exporter/bin/gcore-snapshot-exporter"]
