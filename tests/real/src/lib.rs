//! Programs of others, as tests need them: found, started on loopback, and stopped again.
//!
//! ```text
//!   cargo xtask test ── builds ─▶ crane, oras, kustomize, … ── names them ─▶ the suite in tests/suite
//!                                                                             │ Tool::run
//!                                                                             └ Server::start ─▶ 127.0.0.1:port
//! ```
//!
//! A part that is not there is a failure here; `cargo xtask test` decides what is not even tried.
//!
//! Start reading at [`Server`].

mod browser;
mod server;
mod tool;

pub use browser::{Browser, fetch};
pub use server::{Server, free_port};
pub use tool::{Output, Tool, kubeconfig, program, wharf};
