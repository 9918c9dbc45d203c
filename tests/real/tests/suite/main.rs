//! wharf beside the real parts; a module per part.

mod dashboard;
mod debian_registry;
mod demo;
mod distribution;
mod embedded_registry;
mod exchange;
mod generate;
mod guarded_registry;
mod kubectl;
mod kustomize_oracle;
mod local_cluster;
mod olareg;
mod real_cluster;
mod signatures;
mod story;
