//! The shell of a page that loads nothing and runs no script.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A whole page of what stands in its only part, an element of this class.
pub(crate) fn page(title: &str, style: &str, class: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content=(concat!("opusclip ", env!("CARGO_PKG_VERSION")));
                title { (title) }
                style { (PreEscaped(style)) }
            }
            body { main class=(class) { (content) } }
        }
    };
    page.into_string()
}
