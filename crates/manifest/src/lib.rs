//! Kubernetes objects read from YAML as Kubernetes reads it, each remembering file and line.
//!
//! Start reading at this page.
