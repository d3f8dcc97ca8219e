# The edge on nginx with the pages for people; a static web server where HAProxy is the edge.
#   docker build -f docker/web.Dockerfile -t mainstay/web .
ARG NGINX_IMAGE=nginx:1.28
FROM ${NGINX_IMAGE}
# For the development certificate. nginx's own image has it; others may not.
RUN command -v openssl >/dev/null \
  || { apt-get update -qq && apt-get install -qq -y --no-install-recommends openssl && rm -rf /var/lib/apt/lists/*; }
COPY docker/edge /etc/mainstay/edge
COPY docker/nginx /etc/mainstay/nginx
COPY docker/nginx/entrypoint.sh /docker-entrypoint.d/50-mainstay.sh
COPY docker/compose/nginx /docker-entrypoint.d
COPY docker/service/healthcheck.sh /usr/local/bin/
COPY docker/web /usr/share/nginx/html
# A volume that is mounted here for the first time takes this owner over.
RUN install -d -o nginx -g nginx -m 750 /certs
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="mainstay/web" \
  org.opencontainers.image.description="The edge of Mainstay on nginx, with its pages" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION"
USER 101:101
EXPOSE 8080 8443
HEALTHCHECK --interval=5s --timeout=4s --start-period=20s --retries=3 CMD ["healthcheck.sh", "8081", "/healthz"]
CMD ["nginx", "-c", "/tmp/mainstay/nginx.conf", "-g", "daemon off;"]
