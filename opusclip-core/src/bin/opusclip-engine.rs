//! The engine behind the `opusclip` command.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(opusclip_core::cli::run(std::env::args_os()))
}
