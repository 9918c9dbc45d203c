//! The only door to an API server: observe, apply, watch, patch status.
//!
//! Start reading at this page.
