//! Desired and observed objects become ordered waves, drift, prune and health; no clock, no network.
//!
//! Start reading at this page.
