//! Verdicts on a set of objects: schema, policy, contract.
//!
//! Start reading at this page.
