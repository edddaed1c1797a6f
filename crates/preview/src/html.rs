//! Markdown and HTML of a dashboard as HTML that can do no harm.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Options, Parser, html};

/// Elements that come through.
const ELEMENTS: [&str; 38] = [
    "a",
    "b",
    "blockquote",
    "br",
    "center",
    "code",
    "del",
    "div",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];

/// Elements whose content goes with them.
const DROPPED: [&str; 5] = ["script", "style", "iframe", "object", "svg"];

/// Style properties that come through.
const STYLES: [&str; 6] = ["color", "background-color", "text-align", "font-weight", "font-style", "font-size"];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let set = |names: &[&'static str]| names.iter().copied().collect::<HashSet<_>>();
    let mut cleaner = Builder::empty();
    cleaner
        .tags(set(&ELEMENTS))
        .clean_content_tags(set(&DROPPED))
        .generic_attributes(set(&["align", "style"]))
        .add_tag_attributes("a", ["href"])
        .add_tag_attributes("img", ["alt", "src"])
        .add_tag_attributes("font", ["color"])
        .filter_style_properties(set(&STYLES))
        .url_schemes(set(&["https", "http", "mailto", "data"]))
        .url_relative(UrlRelative::Deny)
        .set_tag_attribute_value("a", "target", "_blank")
        .link_rel(Some("noopener noreferrer"))
        .attribute_filter(address);
    cleaner
});

/// Pictures carry their data with them, and links never do.
fn address<'u>(element: &str, attribute: &str, value: &'u str) -> Option<Cow<'u, str>> {
    let inline = value.trim_start().to_ascii_lowercase().starts_with("data:");
    let image = value.trim_start().to_ascii_lowercase().starts_with("data:image/");
    let keep = match (element, attribute) {
        ("img", "src") => image,
        (_, "href") => !inline,
        _ => true,
    };
    keep.then_some(Cow::Borrowed(value))
}

/// HTML with harmless elements only.
pub(crate) fn safe(html: &str) -> String {
    CLEANER.clean(html).to_string()
}

/// A picture of a cell. Only pictures that carry their data are shown; of others their text.
pub(crate) fn picture(address: &str, text: &str) -> String {
    let escape = |t: &str| t.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    safe(&format!("<img src=\"{}\" alt=\"{}\">", escape(address), escape(text)))
}

/// Markdown, which may hold HTML, as harmless HTML.
pub(crate) fn of_markdown(text: &str) -> String {
    let mut out = String::new();
    html::push_html(&mut out, Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH));
    safe(&out)
}

#[cfg(test)]
mod tests {
    use super::of_markdown;

    #[test]
    fn markdown_becomes_elements() {
        for (text, wanted) in [
            ("# A *b*\n\ntext `c`\n", "<h1>A <em>b</em></h1>\n<p>text <code>c</code></p>\n"),
            ("~~x~~", "<p><del>x</del></p>\n"),
            ("| x |\n|:-:|\n| 1 |\n", "<td style=\"text-align:center\">1</td>"),
            (
                "- [b](https://e.com)\n",
                "<li><a href=\"https://e.com\" target=\"_blank\" rel=\"noopener noreferrer\">b</a>",
            ),
            ("<p align=\"center\">x</p>", "<p align=\"center\">x</p>"),
        ] {
            assert!(of_markdown(text).contains(wanted), "{text}: {}", of_markdown(text));
        }
    }

    #[test]
    fn harmless_html_comes_through_and_harmful_does_not() {
        for (text, wanted) in [
            ("<b>a</b> &amp; <u>c</u>", "<p><b>a</b> &amp; <u>c</u></p>\n"),
            (
                "a <span style=\"color:#fff; position:fixed; background:url(x)\" onclick='x()'>b</span>",
                "<p>a <span style=\"color:#fff\">b</span></p>\n",
            ),
            ("a <script>alert(1)</script> b", "<p>a  b</p>\n"),
            ("<script>\nalert(1)\n</script>\n\nb", "\n<p>b</p>\n"),
            ("<iframe src=x></iframe><a href=\"javascript:x\">c</a>", ">c</a>"),
            ("![logo](https://e.com/x.png)", "<p><img alt=\"logo\"></p>\n"),
            ("![i](data:image/png;base64,AA)", "<p><img src=\"data:image/png;base64,AA\" alt=\"i\"></p>\n"),
            ("x <img src=x onerror=alert(1) alt='l'> y", "<p>x <img alt=\"l\"> y</p>\n"),
        ] {
            let found = of_markdown(text);
            assert!(found.contains(wanted), "{text}: {found}");
        }
        for nasty in ["[a](javascript:x)", "[a](data:text/html,x)", "<a href='JAVASCRIPT:x'>a</a>", "<svg onload=x>"] {
            let found = of_markdown(nasty).to_lowercase();
            assert!(!["javascript", "data:", "onload", "svg"].iter().any(|w| found.contains(w)), "{nasty}: {found}");
        }
    }

    #[test]
    fn deep_nesting_ends() {
        let deep = "<div><p><b>".repeat(500) + "<svg onload=x><foreignObject>x</svg><!-- <b> --><x-y>z</x-y></b><";
        assert!(!of_markdown(&deep).contains("svg"));
        assert_eq!(of_markdown("<"), "<p>&lt;</p>\n");
    }
}
