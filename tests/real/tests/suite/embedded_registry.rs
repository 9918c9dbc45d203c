//! The registry of `wharf dev`, driven by the tools that people have.

use std::{net::TcpListener, sync::Arc, thread};

use registry::Store;

use crate::exchange::World;

mod memory {
    crate::exchange::agreements!(super::in_memory);
}

mod folder {
    crate::exchange::agreements!(super::in_folder);
}

pub(crate) fn in_memory() -> ((), World) {
    ((), serve(Store::memory()))
}

fn in_folder() -> (tempfile::TempDir, World) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let store = Store::open(folder.path()).expect("an empty folder is a store");
    (folder, serve(store))
}

/// Serves from a thread of its own, as the test's thread waits for the tools; ends with the process.
fn serve(store: Store) -> World {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let host = listener.local_addr().expect("a listener has an address").to_string();
    listener.set_nonblocking(true).expect("a listener can be told not to block");
    thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            registry_server::serve(listener, Arc::new(store)).await
        })
    });
    World::open(host, true)
}
