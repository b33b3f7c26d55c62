// The modules are in v1.36.mod and v1.37.mod, one a Kubernetes minor; see generate.
module example.invalid/schema

go 1.26
