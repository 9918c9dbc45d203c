//! The dashboard: insight's answers as pages; live.
//!
//! ```text
//!  request ─▶ guard (Host, method) ─▶ Page::parse ─▶ Insight ─▶ view ─▶ template ─▶ HTML
//!                                         │                      └─▶ serde ─▶ JSON, /api/v1/…
//!                                         └─ /live ─▶ the same page again and again, sent when it changed
//! ```
//!
//! Pages work without script; the one small script only swaps in what the server rendered. Nothing
//! can be changed here, nothing is loaded from elsewhere, and no answer is kept by a cache.
//!
//! Start reading at [`router`].

mod address;
mod answer;
mod asset;
mod error;
mod guard;
mod live;
mod page;
mod prose;
mod server;
mod view;

pub use crate::error::Error;
pub use crate::server::{Settings, router, serve};
