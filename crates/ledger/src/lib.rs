//! Channels, moves, claims, holds, gates, rollback, retention.
//!
//! Start reading at this page.
