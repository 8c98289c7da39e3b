//! Asks pkg-config where libhelp is; without an answer the linker's own folders are searched.
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    let output = Command::new("pkg-config")
        .args(["--variable=libdir", "libhelp"])
        .output();
    if let Some(folder) = output
        .ok()
        .and_then(|each| String::from_utf8(each.stdout).ok())
    {
        if !folder.trim().is_empty() {
            println!("cargo:rustc-link-search=native={}", folder.trim());
        }
    }
}
