//! What the crate `bundle` promises, through its public interface.
