# All images of the platform at once: docker buildx bake --file docker/bake.hcl. Variables come from the environment.
variable "REGISTRY" { default = "mainstay" }
variable "TAG" { default = "dev" }
variable "VERSION" { default = "dev" }
variable "REVISION" { default = "unknown" }
# The images can ship log lines to Elasticsearch only if this is "yes".
variable "LOG_SHIPPING" { default = "no" }
# The address of the source repository. GitHub's registry shows the image there.
variable "SOURCE" { default = "" }
# If true, bake pushes each image to the registry without a tag, with a bill of materials and the provenance of the
# build. release.yml then puts the platforms of an image together.
variable "PUSH" { default = false }
# Needed only if PUSH is true: the image that makes the bill of materials, from docker/programs/Dockerfile.
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
