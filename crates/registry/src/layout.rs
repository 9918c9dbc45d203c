//! Content kept on this machine: an OCI image layout folder, or the same in memory.
