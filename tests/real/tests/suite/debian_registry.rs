//! Debian's `docker-registry`: distribution 2.8, an OCI 1.0 registry without referrers.

use std::{fs, path::Path, process::Command};

use wharf_real_tests::{Server, Tool, program};

use crate::exchange::{World, agreements};

agreements!(start);

pub(crate) fn start() -> (Server, World) {
    let tool = Tool::at(program(&["docker-registry"]));
    let server = Server::start(|port, folder| serve(&tool, port, folder));
    let host = server.host();
    (server, World::open(host, false))
}

/// Distribution listens on all interfaces unless it is told an address.
pub(crate) fn serve(tool: &Tool, port: u16, folder: &Path) -> Command {
    let storage = folder.join("storage");
    let config = folder.join("config.yml");
    let text = format!(
        "version: 0.1\nlog: {{level: warn}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n\
         storage: {{filesystem: {{rootdirectory: '{}'}}, delete: {{enabled: true}}}}\n",
        storage.display()
    );
    fs::write(&config, text).expect("a file can be written");
    tool.command(&["serve".as_ref(), config.as_os_str()])
}
