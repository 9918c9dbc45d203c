//! `wharf.yaml` and a checkout become a checked tree, ready to pack.
//!
//! Start reading at this page.
