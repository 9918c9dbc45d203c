//! Joins registry, ledger and cluster into answers: explain, status, trace, log.
//!
//! Start reading at this page.
