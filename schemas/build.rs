//! Generates the Kafka record's type from `play.proto`; protox parses it, so no `protoc` is needed.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=src/play.proto");
    let descriptors = protox::compile(["src/play.proto"], ["src"])?;
    prost_build::Config::new()
        .bytes(["."])
        .compile_fds(descriptors)?;
    Ok(())
}
