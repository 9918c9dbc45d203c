//! Signs and verifies: cosign keys, bundles, attestations, trust roots.
//!
//! Start reading at this page.
