# Two stages: the compiler stays in the first. `docker build -t windvane .`, then `migrate` once and `serve`:
#   docker run --rm --env-file windvane.env windvane migrate
#   docker run --env-file windvane.env -e WINDVANE_LISTEN=0.0.0.0:8080 -p 8080:8080 windvane
FROM debian:12-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential pkg-config libmicrohttpd-dev libjansson-dev \
        libpq-dev libssl-dev libcurl4-openssl-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Makefile VERSION openapi.yaml ./
COPY scripts scripts
COPY migrations migrations
COPY policies policies
COPY include include
COPY src src
RUN make -j "$(nproc)" && make install PREFIX=/usr DESTDIR=/out

FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libmicrohttpd12 libjansson4 libpq5 libssl3 libcurl4 curl \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/usr/bin/windvane /usr/bin/windvane
# A number, so that Kubernetes' runAsNonRoot can check it.
USER 10001:10001
ENV WINDVANE_LISTEN=0.0.0.0:8080
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/livez"]
ENTRYPOINT ["/usr/bin/windvane"]
CMD ["serve"]
