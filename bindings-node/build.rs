//! Lets the addon's symbols be found in Node at load time.

fn main() {
    napi_build::setup();
}
