//! Build steps that are Rust's part of packaging. Run by `build.sh`; development only.
//!
//! - `xtask bindgen MODULE.wasm OUT_DIR`: JavaScript glue and the processed module. The library form of wasm-bindgen's
//!   command line, so that nothing is installed globally and its version is the crate's by construction.
//! - `xtask contract OUT_DIR`: TypeScript of everything that crosses the line to the core, and the tables of settings,
//!   commands and jobs that the shim registers.
//! - `xtask plain`: what customers read of texts that agents wrote, one JSON text a line in and out; the tests hold it
//!   against Rocket.Chat's own parser.
//! - `xtask house`: whether the core's crates keep the rule of the house, see [`mod@house`].

mod house;

use anyhow::{Context, Result, bail};
use omni_core::Manifest;
use omni_core::api::EntryPoints;
use omni_core::host::{HostCall, HostReplies};
use std::io::Write as _;
use std::path::Path;
use ts_rs::TS;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["bindgen", module, out] => bindgen(Path::new(module), Path::new(out)),
        ["contract", out] => contract(Path::new(out)),
        ["plain"] => plain(),
        ["house"] => house(),
        _ => bail!("usage: xtask bindgen MODULE.wasm OUT_DIR | xtask contract OUT_DIR | xtask plain | xtask house"),
    }
}

fn bindgen(module: &Path, out: &Path) -> Result<()> {
    // `no-modules` keeps all state inside one function: the shim calls it again for a fresh instance after a trap. Its
    // parameter takes the place of the global that the script hands the core's tasks to.
    Bindgen::new()
        .input_path(module)
        .no_modules(true)
        .context("wasm-bindgen knows the target")?
        .typescript(false)
        .out_name("omni_wasm")
        .generate(out)
        .with_context(|| format!("wasm-bindgen could not process {}", module.display()))?;
    let script = out.join("omni_wasm.js");
    let glue = std::fs::read_to_string(&script).with_context(|| format!("reading {}", script.display()))?;
    let factory = format!("export function instantiate(queueMicrotask) {{\n{glue}\nreturn wasm_bindgen;\n}}\n");
    std::fs::write(out.join("glue.js"), factory).context("writing glue.js")?;
    std::fs::write(out.join("glue.d.ts"), include_str!("glue.d.ts")).context("writing glue.d.ts")?;
    std::fs::remove_file(&script).context("removing the unwrapped glue")
}

fn contract(out: &Path) -> Result<()> {
    let config = ts_rs::Config::new().with_large_int("number").with_out_dir(out);
    HostCall::export_all(&config).context("writing the types of host calls")?;
    HostReplies::export_all(&config).context("writing the types of host replies")?;
    EntryPoints::export_all(&config).context("writing the types of entry points")?;
    Manifest::export_all(&config).context("writing the types of the manifest")?;
    let manifest = serde_json::to_string_pretty(&omni_core::manifest()).context("printing the manifest")?;
    let module =
        format!("import type {{ Manifest }} from './core';\n\nexport const manifest: Manifest = {manifest};\n");
    std::fs::write(out.join("manifest.ts"), module).context("writing manifest.ts")
}

fn plain() -> Result<()> {
    let mut out = std::io::stdout();
    for line in std::io::stdin().lines() {
        let markdown: String = serde_json::from_str(&line?).context("a line is no JSON text")?;
        writeln!(out, "{}", serde_json::to_string(&omni_domain::compose::plain(&markdown))?)?;
    }
    Ok(())
}

fn house() -> Result<()> {
    let report = house::check(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").as_path())?;
    let mut out = std::io::stdout();
    for line in &report.to_lower {
        writeln!(out, "to lower in crates/xtask/src/house/mod.rs: {line}")?;
    }
    if report.broken.is_empty() {
        Ok(())
    } else {
        bail!("the rule of the house is broken\n{}", report.broken.join("\n"))
    }
}
