# Builds the image of the edge: nginx and the static files. With EDGE_ROLE=static, nginx only serves these files to
# another edge.
#   docker build -f docker/web.Dockerfile -t mainstay/web .

# fork:remove web
# The version is repeated from docker/Dockerfile, because Dependabot does not update an ARG.
FROM --platform=$BUILDPLATFORM node:26-trixie-slim AS builder-node

# This stage has only the files that npm reads, so that a changed source file does not make npm ci run again.
FROM builder-node AS manifests
WORKDIR /app
COPY package.json package-lock.json ./
COPY e2e/package.json e2e/
COPY platform/package.json platform/
# The brackets make this file optional, because a fork can delete the folder.
COPY proof[s]/package.json proofs/
COPY packages packages
COPY services services
RUN find packages services -type f ! -name package.json -delete && find packages services -type d -empty -delete

# The pages are the same on every architecture, so they are built once, on the architecture of the build machine.
FROM builder-node AS pages
WORKDIR /app
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/var/cache/npm \
  npm ci --cache /var/cache/npm --workspace services/web --include-workspace-root=false --ignore-scripts --no-audit --no-fund
COPY tsconfig.base.json ./
COPY packages/text packages/text
COPY services/web services/web
RUN npm run build --workspace services/web
# end of fork:remove web

FROM nginx:1.30
# make-certificate.sh needs openssl, which another base image can lack.
RUN command -v openssl >/dev/null \
  || { apt-get update -qq && apt-get install -qq -y --no-install-recommends openssl && rm -rf /var/lib/apt/lists/*; }
COPY docker/edge /etc/mainstay/edge
COPY docker/nginx /etc/mainstay/nginx
COPY docker/nginx/entrypoint.sh /docker-entrypoint.d/50-mainstay.sh
# fork:remove haproxy
COPY docker/compose/nginx /docker-entrypoint.d
# end of fork:remove haproxy
COPY docker/service/healthcheck.sh /usr/local/bin/
RUN rm -r /usr/share/nginx/html/*
# fork:remove web
COPY --from=pages /app/services/web/dist /usr/share/nginx/html
# end of fork:remove web
# A new volume gets this owner when it is mounted on /certs.
RUN install -d -o nginx -g nginx -m 750 /certs
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="mainstay/web" \
  org.opencontainers.image.description="The edge of Mainstay on nginx" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION"
# Without this setting, the image's entry point would write plain text between the JSON lines of the log.
ENV NGINX_ENTRYPOINT_QUIET_LOGS=1
USER 101:101
EXPOSE 8080 8443
HEALTHCHECK --interval=5s --timeout=4s --start-period=20s --retries=3 CMD ["healthcheck.sh", "8081", "/healthz"]
ENTRYPOINT ["/etc/mainstay/nginx/start.sh"]
CMD ["nginx", "-c", "/tmp/mainstay/nginx.conf", "-g", "daemon off;"]
