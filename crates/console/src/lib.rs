//! The dashboard: insight's answers as pages; live.
//!
//! Start reading at this page.
