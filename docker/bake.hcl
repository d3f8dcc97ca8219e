# All images of the platform at once: docker buildx bake --file docker/bake.hcl. Variables come from the environment.
variable "REGISTRY" { default = "mainstay" }
variable "TAG" { default = "dev" }
variable "VERSION" { default = "dev" }
variable "REVISION" { default = "unknown" }
# What ships log lines to Elasticsearch is in the images only where this is "yes".
variable "LOG_SHIPPING" { default = "no" }
# Where the sources are; a registry shows the image there.
variable "SOURCE" { default = "" }
# Into the registry without a tag, with a bill of materials and the way it was built, for release.yml to put together.
variable "PUSH" { default = false }
# Only where PUSH is set. docker/programs/Dockerfile names the image.
variable "SBOM_GENERATOR" { default = "" }

# generated: services
variable "SERVICES" { default = ["gateway", "accounts", "activity"] }
# end

group "default" {
  targets = concat(SERVICES, ["web", "secrets"])
}

target "image" {
  context = "."
  args = {
    VERSION  = VERSION
    REVISION = REVISION
  }
  labels = SOURCE == "" ? {} : { "org.opencontainers.image.source" = SOURCE }
  output = [PUSH ? "type=image,push=true,push-by-digest=true,name-canonical=true" : "type=docker"]
  attest = PUSH ? ["type=provenance,mode=max", "type=sbom,generator=${SBOM_GENERATOR}"] : []
}

function "named" {
  params = [name]
  result = [PUSH ? "${REGISTRY}/${name}" : "${REGISTRY}/${name}:${TAG}"]
}

target "service" {
  name       = service
  matrix     = { service = SERVICES }
  inherits   = ["image"]
  dockerfile = "docker/Dockerfile"
  args       = { SERVICE = service, LOG_SHIPPING = LOG_SHIPPING }
  tags       = named(service)
}

target "secrets" {
  inherits   = ["image"]
  dockerfile = "docker/Dockerfile"
  target     = "secrets"
  tags       = named("secrets")
}

target "web" {
  inherits   = ["image"]
  dockerfile = "docker/web.Dockerfile"
  tags       = named("web")
}
