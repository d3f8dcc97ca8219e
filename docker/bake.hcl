# Builds all images of the platform: docker buildx bake --file docker/bake.hcl. The environment can set each variable.
variable "REGISTRY" { default = "mainstay" }
variable "TAG" { default = "dev" }
variable "VERSION" { default = "dev" }
variable "REVISION" { default = "unknown" }
# If this is "yes", the images contain packages/log-shipping, which sends log lines to Elasticsearch.
variable "LOG_SHIPPING" { default = "no" }
# The URL of the source repository. GitHub's registry shows the image on the page of this repository.
variable "SOURCE" { default = "" }
# If true, bake pushes each image without a tag, with a bill of materials and the provenance of the build. release.yml
# then combines the architectures of each image.
variable "PUSH" { default = false }
# The image that creates the bill of materials, from docker/programs/Dockerfile. It is needed only if PUSH is true.
variable "SBOM_GENERATOR" { default = "" }

# generated: services
variable "SERVICES" { default = ["gateway", "accounts", "activity"] }
# end of the generated lines

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
